"""Small pieces that the documents of this stage are made of."""

from collections.abc import Iterable, Sequence

from runner.evidence.load.load import Load


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines)


def locust_command(load: Load, users: int) -> str:
    """The load again, without gonogo."""
    return f"locust -f {load.locustfile} --headless -u {users} -r {users} -t 30s --host $BASE"
