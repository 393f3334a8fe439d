"""Deployment: Can it be released, restarted and rolled back without anyone noticing?"""
