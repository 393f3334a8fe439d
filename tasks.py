"""`invoke --list`: what a team types. The tasks themselves live in `workflow.cli`."""

from workflow.cli import ns

__all__ = ["ns"]
