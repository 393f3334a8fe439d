"""Small pieces that the documents of this stage are made of."""

from runner.evidence.load.load import Load


def locust_command(load: Load, users: int) -> str:
    """The load again, without gonogo."""
    return f"locust -f {load.locustfile} --headless -u {users} -r {users} -t 30s --host $BASE"
