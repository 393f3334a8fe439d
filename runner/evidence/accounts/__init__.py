"""How does one get in: callers of each role, and what they may use?"""
