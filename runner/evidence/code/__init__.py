"""What stands in the service's code, its secrets, and the versions that it is locked to?"""
