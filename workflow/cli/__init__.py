"""The terminal's and CI's face: invoke tasks, each a thin call into `workflow.service`.

Imports here are few: `invoke --list` must stay as fast as a bare invoke file. What a task needs, it imports itself.
"""

from workflow.cli.program import main
from workflow.cli.tasks import ns

__all__ = ["main", "ns"]
