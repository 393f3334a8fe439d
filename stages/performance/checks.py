"""Performance: Is it fast enough at the stated load, measured?"""
