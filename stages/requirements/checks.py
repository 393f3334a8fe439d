"""Requirements: Does everyone mean the same thing, in words that a test can prove?"""
