"""A run as others read it: JSON, JUnit, SARIF, Markdown, annotations, text. Pure functions of the ledger's record.

Its names stand in `__init__.pyi`, each with the module that it is imported from when it is first asked for.
"""

from runner.lazily import lazily

lazily(__name__)
