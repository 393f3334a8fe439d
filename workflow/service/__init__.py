"""The one door for every face: check stages, start a run, cancel it, and what is known now.

Its names stand in `__init__.pyi`, each with the module that it is imported from when it is first asked for.
"""

from runner.lazily import lazily

lazily(__name__)
