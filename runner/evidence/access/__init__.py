"""Who gets in where, and how well is that kept?"""
