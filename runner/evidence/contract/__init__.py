"""What does the service serve, and what does its contract say?"""
