"""What is this service: its folder, settings, interpreter, app and database?"""
