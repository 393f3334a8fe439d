"""Database: will this schema migrate, forwards and back, on a real server?"""

from runner.evidence.database.locks import Locks
from runner.evidence.database.migration_walk import MigrationWalk, Walked
from runner.evidence.database.migrations import Migrations
from runner.evidence.database.populated_migration import Populated, PopulatedMigration
from runner.evidence.database.sqlite_walk import SqliteStep, SqliteWalk
from runner.model import Place, Verdict, check, every, failed, in_file, in_table, not_applicable, passed, share, unknown
from runner.said import say, together
from runner.words import listed, plural

RELEASED = say("gonogo.toml, [database] released")


@check("DB003", step="3.3")
def one_migration_head(migrations: Migrations) -> Verdict:
    """Alembic has exactly one head.

    Two heads make `alembic upgrade head` refuse to run on deploy. Where no revision is in the repository at all, each
    database is made by whoever started first, and no change of the schema can be released or taken back.
    Fix: run `alembic merge heads` and commit the merge revision; write the first one by
    `alembic revision --autogenerate -m "first tables"`, and keep the folder of revisions out of `.gitignore`.
    """
    heads = migrations.heads
    if not migrations.revisions:
        places = [in_file(path, note="declares tables that no migration makes") for path in migrations.declared]
        return failed("no migration is in the repository", at=places, again=["alembic history"])
    if migrations.ignored:
        places = [in_file(path, note="git ignores it") for path in migrations.ignored]
        count = say(
            "{ignored} of {revisions}",
            ignored=len(migrations.ignored),
            revisions=plural(len(migrations.revisions), "revision"),
        )
        again = [f"git check-ignore -v {migrations.ignored[0]}"]
        return failed(
            say("{count} will never be in the repository: .gitignore names them", count=count), at=places, again=again
        )
    if len(heads) == 1:
        return passed(say("{head} is the only head", head=heads[0]), every(len(migrations.revisions), "revision"))
    places = [in_file(migrations.path_of(head), note=say("head {head}", head=head)) for head in heads]
    return failed(
        say("{heads}: {heads2}", heads=plural(len(heads), "head"), heads2=together(heads)),
        at=places,
        again=["alembic heads --verbose"],
    )


@check("DB004", step="3.3")
def every_revision_is_reversible(walk: MigrationWalk) -> Verdict:
    """Each revision goes up, down and up again without a trace.

    When a release has to be taken back at night, a downgrade that fails or forgets a type leaves a schema that no
    revision describes: the next upgrade stops at "already exists".
    Fix: mend what stops a revision that does not go up. Write the `downgrade()` of one that does not come down, so that
    it removes all that `upgrade()` made, enum types too.
    """
    if walk.by_env:
        tables = listed(walk.by_env, 5)
        why = say(
            "migrations/env.py makes {tables} by itself, which no revision takes back",
            tables=plural(len(walk.by_env), "table"),
        )
        return failed(
            say("{why}: {tables}", why=why, tables=tables),
            at=[in_table(name, note="made by env.py") for name in walk.by_env],
        )
    if walk.history and not walk.open:
        return _all_released(len(walk.history))
    steps = [step for step in walk.steps if not step.revision.released]
    bad = [step for step in steps if step.problem or not step.reversible]
    if not bad:
        acting = walk.count(step for step in steps if step.acts)
        idle = [step.revision.id for step in steps if not step.acts]
        nothing = say("; {idle} changes neither schema nor rows", idle=listed(idle, 5)) if idle else ""
        left = _left_out(len(walk.history) - len(walk.open))
        return passed(
            say(
                "up, down and up again on PostgreSQL, and the schema was the same each time{nothing}{stuck}{left}",
                nothing=nothing,
                stuck=_stuck(walk),
                left=left,
            ),
            share(acting, len(walk.open), "revision"),
        )
    first = bad[0]
    places = [in_file(step.revision.path, note=_why_not(step)) for step in bad]
    message = say(
        "{bad} of {revisions}: {id} {why_not}",
        bad=len(bad),
        revisions=plural(len(steps), "revision"),
        id=first.revision.id,
        why_not=_why_not(first),
    )
    return failed(message, at=places, again=_commands(first.revision.id, first.revision.down))


@check("DB005", step="3.3")
def sqlite_history_is_reversible(walk: SqliteWalk) -> Verdict:
    """The history goes up, down and up again on SQLite as well.

    A service that says it runs on SQLite is developed and tested there: a revision that only PostgreSQL understands
    stops every developer, and SQLite's limited ALTER TABLE makes this easy to miss.
    Fix: use `op.batch_alter_table` in the named revision, or branch on `op.get_context().dialect.name`.
    """
    bad = [(step, _sqlite_problem(step)) for step in walk.steps if _sqlite_problem(step)]
    if not bad:
        done = len(walk.steps) if any(step.changes for step in walk.steps) else 0
        told = say("up, down and up again on SQLite, and nothing was left behind")
        return passed(told, share(done, walk.revisions, "revision"))
    places = [in_file(step.revision.path, note=why) for step, why in bad]
    step, why = bad[0]
    return failed(
        say("{id} {why}", id=step.revision.id, why=why),
        at=places,
        again=_commands(step.revision.id, step.revision.down),
    )


@check("DB006", step="3.3")
def migrations_carry_their_rows(populated: PopulatedMigration) -> Verdict:
    """Each revision applies to tables with rows, and the rows survive.

    On an empty database everything migrates. In production the same revision meets NULLs, duplicates and long texts:
    the deploy stops half-way, or goes through and has thrown values away.
    Fix: add the column nullable, fill it in the same revision, then set NOT NULL; make duplicates unique first; copy
    the values before a column is dropped.
    """
    if populated.history and not populated.open:
        return _all_released(len(populated.history))
    steps = [step for step in populated.steps if not step.revision.released]
    bad = [(step, why) for step in steps if (why := _not_carried(step))]
    if bad:
        step, why = bad[0]
        places = [in_file(step.revision.path, note=why) for step, why in bad]
        message = say("{id} {why}", id=step.revision.id, why=why)
        return failed(message, at=places, again=_commands(step.revision.id, step.revision.down))
    unplanted = [line for step in steps for line in step.unplanted]
    if unplanted:
        return unknown(
            say(
                "no row could be planted in {tables}, so nobody knows: {unplanted}",
                tables=plural(len(unplanted), "table"),
                unplanted=listed(unplanted, 3, "; "),
            )
        )
    most = max((max(step.rows, step.planted) for step in steps), default=0)
    left = _left_out(len(populated.history) - len(populated.open))
    stuck = together(
        (say("; {id} does not go down, with rows or without", id=step.revision.id) for step in steps if step.alone), ""
    )
    return passed(
        say(
            "up, down and up again on tables with up to {most} rows, and all survived{stuck}{left}",
            most=most,
            stuck=stuck,
            left=left,
        ),
        share(sum(step.clear for step in steps), len(populated.open), "revision"),
    )


@check("DB007", step="3.3")
def no_blocking_locks(locks: Locks) -> Verdict:
    """No revision blocks the running service's reads or writes.

    An index built without CONCURRENTLY, a validated constraint or a rewritten column locks its table until it is
    done: with a million rows, every request that writes waits for minutes behind it.
    Fix: build indexes with `postgresql_concurrently=True` in an `autocommit_block()`; add constraints NOT VALID and
    validate them in a later revision; add columns with a constant default.
    """
    if locks.released and locks.released == locks.revisions:
        return _all_released(locks.revisions)
    if not locks.found:
        if dark := [say("{id} changes {table}", id=id, table=table) for id, table in locks.unheard]:
            how = say("in no statement that could be read (a DO block, a function, a connection of its own?)")
            return unknown(
                say("{dark} {how}, so nobody knows its locks: write them as statements", dark=listed(dark, 3), how=how)
            )
        return passed(
            say(
                "none takes a lock that blocks writers of an older table{left_out}", left_out=_left_out(locks.released)
            ),
            share(locks.judged, locks.revisions - locks.released, "revision"),
        )
    places = [
        Place(
            path=lock.revision.path,
            line=lock.line,
            note=say(
                "{rule}: {message} {statement}", rule=lock.rule, message=lock.message, statement=lock.statement[:120]
            ),
        )
        for lock in locks.found
    ]
    first = locks.found[0]
    message = say(
        "{statements}; {id}: {statement} ({rule})",
        statements=plural(len(locks.found), "blocking statement"),
        id=first.revision.id,
        statement=first.statement[:120],
        rule=first.rule,
    )
    base = first.revision.down[0] if first.revision.down else "base"
    again = [f"alembic upgrade {base}:{first.revision.id} --sql 2>/dev/null | squawk"]
    return failed(message, at=places, again=again)


def _left_out(released: int) -> str:
    return say("; {released} released before are left out", released=released) if released else ""


def _all_released(count: int) -> Verdict:
    said = (
        say("all {revisions} are released", revisions=plural(count, "revision"))
        if count > 1
        else say("the revision is released")
    )
    return not_applicable(
        say("{said}, says {released}: nobody can mend them any more", said=said, released=RELEASED), looked=RELEASED
    )


def _stuck(walk: MigrationWalk) -> str:
    """Why revisions behind a released one were not walked; empty where they were."""
    first = next((step for step in walk.steps if step.revision.released and step.problem), None)
    return (
        say("; the released {id} {why_not}, so none behind it was tried", id=first.revision.id, why_not=_why_not(first))
        if first
        else ""
    )


def _why_not(step: Walked) -> str:
    if step.problem:
        return say("does not go up: {problem}", problem=step.problem)
    if step.down_problem:
        return say("does not go down: {down_problem}", down_problem=step.down_problem)
    if step.leftovers:
        return say("leaves traces: {leftovers}", leftovers=listed(step.leftovers, 4, "; "))
    if step.again_problem:
        return say("does not go up again: {again_problem}", again_problem=step.again_problem)
    return say("is not the same the second time: {differences}", differences=listed(step.differences, 4, "; "))


def _sqlite_problem(step: SqliteStep) -> str:
    said = {
        say("does not go up on SQLite"): step.problem,
        say("does not go down on SQLite"): step.down_problem,
        say("does not go up again on SQLite"): step.again_problem,
        say("leaves traces on SQLite"): listed(step.leftovers, 4, "; "),
    }
    return next((say("{what}: {why}", what=what, why=why) for what, why in said.items() if why), "")


def _not_carried(step: Populated) -> str:
    if step.problem:
        return (
            say("fails on tables with {rows} rows: {problem}", rows=step.rows, problem=step.problem)
            if step.rows
            else ""
        )
    if step.down_problem and not step.alone:  # else DB004 tells it
        return say("does not go down with rows there: {down_problem}", down_problem=step.down_problem)
    if step.again_problem:
        return say("does not go up again with rows there: {again_problem}", again_problem=step.again_problem)
    return say("loses data: {lost}", lost=together(step.lost, "; ")) if step.lost else ""


def _commands(revision: str, down: tuple[str, ...]) -> list[str]:
    base = down[0] if down else "base"
    return [f"alembic upgrade {revision} && alembic downgrade {base} && alembic upgrade {revision}"]
