"""Tests: Would the tests notice if it broke?"""
