"""Design: Is the contract agreed, and is it what the service serves?"""
