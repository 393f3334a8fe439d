"""Database: will this schema migrate, forwards and back, on a real server?"""

from runner.evidence.migrations import Migrations
from runner.model import Verdict, check, failed, in_file, passed


@check("DB003", step="3.3")
def one_migration_head(migrations: Migrations) -> Verdict:
    """Alembic has exactly one head.

    Two heads make `alembic upgrade head` refuse to run on deploy.
    Fix: run `alembic merge heads` and commit the merge revision.
    """
    heads = migrations.heads
    if len(heads) == 1:
        return passed(f"head is {heads[0]}, {len(migrations.revisions)} revisions")
    places = [in_file(migrations.path_of(head), note=f"head {head}") for head in heads]
    return failed(f"{len(heads)} heads: {', '.join(heads)}", at=places, again=["alembic heads --verbose"])
