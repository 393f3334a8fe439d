"""Readers of files and languages that know nothing of services."""
