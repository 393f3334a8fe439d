"""Deployment: can it be released, restarted and rolled back without anyone noticing?"""

from runner.evidence.agreed.specification import Spec
from runner.evidence.load.alert_rules import AlertRules
from runner.evidence.release.production_refusals import Attempt, ProductionRefusals
from runner.evidence.release.rehearsal import ENDED_WELL, PATIENCE, Rehearsal, Restart
from runner.evidence.release.replicas import Fallen, Replicas
from runner.evidence.release.rollback import Rollback
from runner.model import (
    Place,
    Share,
    Verdict,
    at_endpoint,
    check,
    every,
    failed,
    in_file,
    in_table,
    named,
    not_applicable,
    passed,
    share,
    unknown,
)
from runner.said import say, together
from runner.words import plural
from stages.deployment.alerts import Watched, watch


@check("DP030", step="7.2")
def it_migrates_and_starts_as_in_production(rehearsal: Rehearsal) -> Verdict:
    """From an empty database it migrates and starts with production settings.

    What starts only on a developer's machine stops the release at its worst moment: the old version is gone. A password
    that a vault made holds a %, an @ or a slash, which ini files and URLs that are put together by hand take for
    their own.
    Fix: run the named command with the [env] and [production] variables of gonogo.toml and mend what it says; give
    Alembic the engine instead of `set_main_option` (or double each % for it), and make URLs by `URL.create`.
    """
    bad = next((act for act in rehearsal.acts if act.problem), None)
    if bad:
        again = [bad.command] if bad.command else []
        place = in_file(bad.path, bad.line, bad.problem) if bad.path else named(bad.name, bad.problem)
        return failed(say("{name} failed: {problem}", name=bad.name, problem=bad.problem), at=[place], again=again)
    where = (
        say("the lock's environment")
        if rehearsal.clean
        else say("the service's own environment, for want of the lock's")
    )
    mode = (
        say("with {production}", production=together(rehearsal.production))
        if rehearsal.production
        else say("with no [production] of gonogo.toml")
    )
    names = together(act.name for act in rehearsal.acts)
    done = min(len(rehearsal.acts), rehearsal.planned)
    return passed(
        say("{names}: in {where}, {mode}", names=names, where=where, mode=mode), share(done, rehearsal.planned, "step")
    )


@check("DP031", step="7.2")
def the_smoke_test_passes(rehearsal: Rehearsal) -> Verdict:
    """Freshly released, it answers its health checks and every public operation.

    A release that starts and then answers 500 is taken for a success by whoever only looks at the process.
    Fix: run the release's steps on an empty database and ask for the named operation.
    """
    if rehearsal.problem and not rehearsal.smoke:
        return unknown(say("nothing could be asked: {problem}", problem=rehearsal.problem))
    if rehearsal.live is None and not rehearsal.smoke:
        return failed(
            "no health endpoint answers", at=[named("health", "none of the usual paths, and [health] live names none")]
        )
    bad = [seen for seen in rehearsal.smoke if seen.failed or _unhealthy(rehearsal, seen.endpoint, seen.status)]
    if bad:
        places = [at_endpoint(seen.endpoint, say("answered {status}", status=seen.status or "nothing")) for seen in bad]
        again = [f"curl -i http://127.0.0.1:8000{seen.endpoint.removeprefix('GET ')}" for seen in bad]
        said = together(
            say("{endpoint} {status}", endpoint=seen.endpoint, status=seen.status or say("no answer")) for seen in bad
        )
        return failed(
            say("{bad} of {smoke} fail on a new database: {said}", bad=len(bad), smoke=len(rehearsal.smoke), said=said),
            at=places,
            again=again,
        )
    if rehearsal.contract_problem:
        return unknown(
            say(
                "health answers; the public operations are not known: {contract_problem}",
                contract_problem=rehearsal.contract_problem,
            )
        )
    paths = [path for path in (rehearsal.live, rehearsal.ready) if path]
    asked = len(rehearsal.smoke) - len(paths)
    judged = [share(asked, rehearsal.public, "public operation")] if rehearsal.public else []
    health = [every(len(paths), "health path")] if paths or not judged else []
    told = (
        say("answers, health at {paths}", paths=together(paths, " and "))
        if paths
        else say("answers; it has no health check, which PF008 judges")
    )
    return passed(told if judged else say("{told}; nothing else is public", told=told), *health, *judged)


@check("DP032", step="7.2")
def no_request_is_lost_in_a_restart(rehearsal: Rehearsal) -> Verdict:
    """A restart under load loses no request.

    Each request that is cut by a release is an order that was placed twice or not at all.
    Fix: let the server handle SIGTERM (no own handler that exits, no zero graceful time-out), and finish what was
    begun before the process ends.
    """
    restart = rehearsal.restart
    if restart is None:
        return unknown(
            say(
                "the restart was not reached: {problem}",
                problem=rehearsal.problem or say("the new instance did not start"),
            )
        )
    cut = [answer for answer in restart.caught if answer.failed]
    if cut:
        note = say(
            "{cut} of {caught} requests that were being sent at SIGTERM: {why}",
            cut=len(cut),
            caught=len(restart.caught),
            why=_why(cut[0]),
        )
        again = [f"kill -TERM $PID  # when half of {restart.caught_endpoint} is sent; then send the rest"]
        return failed(
            say("requests in flight are dropped at SIGTERM: {note}", note=note),
            at=[at_endpoint(restart.caught_endpoint, note)],
            again=again,
        )
    total = restart.before + restart.during + restart.after
    if restart.lost:
        lost = list(dict.fromkeys(answer.path for answer in restart.lost))
        places = [at_endpoint(f"GET {path}", _why(next(a for a in restart.lost if a.path == path))) for path in lost]
        return failed(
            say("{lost} of {total} requests failed around the restart", lost=len(restart.lost), total=total), at=places
        )
    if why := _no_restart(restart, total):
        return unknown(why)
    answered, sent = total + len(restart.caught), max(restart.sent, total) + len(restart.caught)
    held = say(
        "{caught} of them in flight at SIGTERM ({caught_endpoint})",
        caught=len(restart.caught),
        caught_endpoint=restart.caught_endpoint,
    )
    return passed(say("all answered, {held}", held=held), share(answered, sent, "request"))


def _no_restart(restart: Restart, total: int) -> str:
    """Why this was no restart under load; empty when it was one."""
    if not restart.new or restart.old & restart.new:
        return say("no second process was seen, so nothing was restarted")
    if not (restart.before and restart.after):
        return say(
            "{before} requests were sent before the restart and {after} after it: that is no load",
            before=restart.before,
            after=restart.after,
        )
    if not restart.caught:
        return say(
            "{total} requests were answered, but none could be held in flight: {not_caught}",
            total=total,
            not_caught=restart.not_caught,
        )
    return ""


@check("DP033", step="7.2")
def it_stops_cleanly(rehearsal: Rehearsal) -> Verdict:
    """Told to stop, it stops by itself, soon and without an error.

    Whatever does not end within ten seconds is killed, in the middle of what it was doing.
    Fix: close pools and background tasks in the app's lifespan, and start no thread that waits for ever.
    """
    restart = rehearsal.restart
    if restart is None:
        return unknown(
            say(
                "the stop was not reached: {problem}",
                problem=rehearsal.problem or say("the new instance did not start"),
            )
        )
    if restart.exit_code is None:
        note = say(
            "still ran {patience} s after SIGTERM; last words: {last_words}",
            patience=PATIENCE,
            last_words=restart.last_words,
        )
        return failed(
            "it had to be killed", at=[named("SIGTERM", note)], again=["kill -TERM $PID  # and see when it ends"]
        )
    if restart.exit_code not in ENDED_WELL:
        note = say(
            "exit code {exit_code}; last words: {last_words}",
            exit_code=restart.exit_code,
            last_words=restart.last_words,
        )
        return failed(
            say("it ended with exit code {exit_code}", exit_code=restart.exit_code), at=[named("SIGTERM", note)]
        )
    if "shutdown failed" in restart.last_words.lower():
        note = say("the app's own shutdown raised; last words: {last_words}", last_words=restart.last_words)
        return failed(
            "its shutdown fails", at=[named("lifespan", note)], again=["kill -TERM $PID  # then read the log"]
        )
    return passed(
        say("ended by itself after SIGTERM, with exit code {exit_code}", exit_code=restart.exit_code), every(1, "stop")
    )


@check("DP034", step="7.2")
def production_refuses_known_secrets(refusals: ProductionRefusals) -> Verdict:
    """As in production it refuses to start with a secret that everybody knows.

    With the default key from the repository anybody can sign a token for any user, and nothing looks wrong.
    Fix: give the secret no default, or refuse it in the settings when the environment is production.
    """
    wrong = [attempt for attempt in refusals.attempts if attempt.started]
    if wrong:
        said = together(say("{variable} {known}", variable=a.variable, known=_known(a)) for a in wrong)
        again = [f"{_assignment(a)}{a.command}" for a in wrong]
        return failed(
            say("it starts in production with {said}", said=said), at=[_known_place(a) for a in wrong], again=again
        )
    late = [attempt for attempt in refusals.attempts if attempt.late]
    if late:
        said = together(say("{variable} {known}", variable=a.variable, known=_known(a)) for a in late)
        return unknown(say("with {said} it neither started nor ended in time, which is no refusal", said=said))
    tried = together(say("{variable} {known}", variable=a.variable, known=_known(a)) for a in refusals.attempts)
    return passed(say("refused: {tried}", tried=tried), share(len(refusals.attempts), refusals.there, "known secret"))


@check("DP035", step="7.2")
def the_newest_migration_can_be_taken_back(rollback: Rollback) -> Verdict:
    """The newest migration can be taken back, on a database with rows.

    On the evening of a bad release a downgrade that fails, or takes rows with it, leaves only the last backup.
    Fix: write `downgrade()` as the exact reverse of `upgrade()`, and run it on a database with rows.
    """
    again = ["alembic upgrade head", "alembic downgrade -1", "alembic upgrade head"]
    if rollback.refused:
        return failed(
            say("`alembic downgrade -1` fails: {refused}", refused=rollback.refused),
            at=[_file(rollback, rollback.refused)],
            again=again,
        )
    notes = [say("left behind: {line}", line=line) for line in rollback.left] + [
        say("not restored: {line}", line=line) for line in rollback.lost
    ]
    notes += [
        say("{table}: {was} of {was2} rows lost", table=table, was=was - now, was2=was)
        for table, was, now in rollback.rows_lost
    ]
    if rollback.again:
        notes.append(say("it does not apply once more: {again}", again=rollback.again))
    if notes:
        return failed(
            say("{head} does not roll back: {note}", head=rollback.head, note=notes[0]),
            at=[_file(rollback, n) for n in notes],
            again=again,
        )
    return passed(say("{head} down and up again, and no trace is left", head=rollback.head), *_rolled(rollback))


@check("DP036", step="7.2")
def old_code_works_on_the_new_schema(rollback: Rollback) -> Verdict:
    """The code of the last release still works on the schema of this one.

    During a rolling release, and after a rollback of the code alone, old instances read and write the new schema.
    Fix: split it: first add (nullable or with a server default), release, then remove in a later release.
    """
    if rollback.previous is None:
        looked = say("the history of {path}", path=rollback.path) if rollback.path else ""
        only = not_applicable("there is one migration, so no older schema", looked=looked)
        return only if rollback.head else unknown("no migration was seen")
    if rollback.breaks:
        places = [in_table(b.table, b.column, b.what) for b in rollback.breaks]
        said = together((say("{place}: {note}", place=place, note=place.note) for place in places), "; ")
        return failed(
            say("{head} breaks the code before it: {said}", head=rollback.head, said=said),
            at=[*places, _file(rollback, say("the newest migration"))],
        )
    return passed(
        say("what worked before {head} still does: rows written, all columns there", head=rollback.head),
        *_rolled(rollback),
    )


@check("DP037", step="7.2")
def every_quality_need_has_an_alert(spec: Spec, rules: AlertRules, rehearsal: Rehearsal) -> Verdict:
    """Every quality need has an alert that fires when it is missed.

    A promise that nobody watches is broken for weeks before a customer says so.
    Fix: take the deployment stage's alert-rules.yaml, keep it in the repository, and load it into Prometheus.
    """
    needs = spec.content.quality
    if not needs:
        looked = say("quality of {path}", path=spec.file.path)
        return not_applicable("the specification has no quality need", looked=looked)
    if rules.unreadable:
        path, why = rules.unreadable[0]
        return failed(say("{path} can't be read: {why}", path=path, why=why), at=[in_file(path, note=why)])
    watched = [watch(need, rules, rehearsal.metrics) for need in needs]
    bare = [one.need for one in watched if not (one.firing or one.silent or one.unsure)]
    if bare:
        where = [spec.place(need.id, say("no alert names it or watches its metric")) for need in bare]
        held = say(
            "the rules of {paths} watch not {bare}", paths=together(rules.paths), bare=together(n.id for n in bare)
        )
        none = say("there are no alert rules: {needs} unwatched", needs=plural(len(bare), "need"))
        return failed(held if rules.paths else none, at=where)
    if silent := [one for one in watched if one.silent and not (one.firing or one.unsure)]:
        return _silent(silent)
    unsure = [one for one in watched if not one.firing]
    told = say("; not known: {unsure}", unsure=unsure[0].unsure) if unsure else ""
    return passed(
        say("{alerts} over what the service exposes{told}", alerts=plural(len(rules.rules), "alert"), told=told),
        share(len(needs) - len(unsure), len(needs), "quality need"),
    )


@check("DP039", step="7.2")
def replicas_may_start_together(replicas: Replicas) -> Verdict:
    """Several replicas that start at once all come up.

    Where each start migrates, two that look at the same moment run the same revision, and the loser ends with an error:
    a release comes up with half of its instances, or none.
    Fix: migrate in a step of its own before the release (a job, `depends_on: service_completed_successfully`); or
    take a lock around it before Alembic looks at the version: ask `pg_try_advisory_lock` again and again outside of a
    transaction, as an index that is built CONCURRENTLY waits for every statement that waits for a lock.
    """
    if replicas.fallen:
        first = replicas.fallen[0]
        number = say(
            "{fallen} of {started} replicas that started at once did not come up",
            fallen=len(replicas.fallen),
            started=replicas.started,
        )
        places = [_unserialised(one) for one in replicas.fallen]
        again = [f"alembic downgrade -1; for n in 1 2 3; do {replicas.command or 'the start'} & done"]
        return failed(
            say(
                "{number}: {migrating} is not serialised: {said}",
                number=number,
                migrating=_migrating(first),
                said=first.said,
            ),
            at=places,
            again=again,
        )
    on = say("on {revision}", revision=replicas.revision) if replicas.revision else say("on an empty database")
    return passed(say("all came up that started at once {on}", on=on), every(replicas.started, "replica"))


def _migrating(one: Fallen) -> str:
    return f"{one.path} {one.caller}".strip() if one.path else say("the migration at the start")


def _unserialised(one: Fallen) -> Place:
    note = say("{migrating} is not serialised: {said}", migrating=_migrating(one), said=one.said)
    return in_file(one.path, one.line, note) if one.path else named("start", note)


def _silent(watched: list[Watched]) -> Verdict:
    """Needs whose every alert stays silent while they are missed."""
    told = [(one.need, rule, why) for one in watched for rule, why in one.silent]
    places = [in_file(rule.path, rule.line, say("{name}: {why}", name=rule.name, why=why)) for _, rule, why in told]
    needs = together(
        say("{id} promises {limit} {unit}", id=one.need.id, limit=f"{one.need.limit:g}", unit=one.need.unit)
        for one in watched
    )
    message = say(
        "{alerts} would stay silent while a need is missed: {needs}; {told}",
        alerts=plural(len(told), "alert"),
        needs=needs,
        told=told[0][2],
    )
    return failed(message, at=places)


def _rolled(rollback: Rollback) -> list[Share]:
    """One migration, and the tables that had rows of those that there were before it."""
    tables = [share(len(rollback.filled), rollback.tables, "filled table")] if rollback.tables else []
    return [every(int(bool(rollback.head)), "migration"), *tables]


def _unhealthy(rehearsal: Rehearsal, endpoint: str, status: int | None) -> bool:
    """Health and readiness must say 200; anything else there keeps the instance out of the load balancer."""
    health = {f"GET {path}" for path in (rehearsal.live, rehearsal.ready) if path}
    return endpoint in health and status not in range(200, 300)


def _why(answer: object) -> str:
    status, problem = getattr(answer, "status", None), getattr(answer, "problem", "")
    return problem or say("answered {status}", status=status)


def _known(attempt: Attempt) -> str:
    return (
        "unset"
        if attempt.known.value is None
        else say("set to `{value}`, as in {path}", value=attempt.known.value, path=attempt.known.path)
    )


def _assignment(attempt: Attempt) -> str:
    return (
        f"env -u {attempt.variable} " if attempt.known.value is None else f"{attempt.variable}={attempt.known.value} "
    )


def _known_place(attempt: Attempt) -> Place:
    note = say("it starts in production with {variable} {known}", variable=attempt.variable, known=_known(attempt))
    if attempt.known.path:
        return in_file(attempt.known.path, attempt.known.line, note)
    return named(attempt.variable, note)


def _file(rollback: Rollback, note: str) -> Place:
    return in_file(rollback.path, note=note)
