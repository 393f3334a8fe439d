"""Collect evidence once, judge it many times, and say each thing as soon as it is known.

Its names stand in `__init__.pyi`, each with the module that it is imported from when it is first asked for.
"""

from runner.lazily import lazily

lazily(__name__)
