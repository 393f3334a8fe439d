"""How does it behave: bad input, everybody at once, caches, commits?"""
