"""Requests that fit the contract: examples, objects, callers."""
