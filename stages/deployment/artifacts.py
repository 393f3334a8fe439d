"""Documents of the deployment stage: evidence → text."""

import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from runner.evidence.agreed.specification import Spec
from runner.evidence.code.lock_file import LockFile
from runner.evidence.release.clean_room import CleanRoom
from runner.evidence.release.rehearsal import Act, Rehearsal
from runner.evidence.release.rollback import Rollback
from runner.markdown import cell, code, heads
from runner.model import artifact
from runner.said import tell, told
from runner.words import plural
from stages.deployment.alerts import rules_for
from stages.deployment.dashboard import dashboard

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # noqa: S701 - Markdown and YAML, not HTML
)
TEMPLATES.globals |= {"cell": cell, "code": code, "heads": heads, "tell": tell, "told": told, "plural": plural}


@artifact("bill-of-materials.cdx.json", step="7.1")
def bill_of_materials(room: CleanRoom) -> str:
    """Bill of materials: every package, its version and its licence, as CycloneDX 1.6."""
    from stages.deployment.bill import bill  # noqa: PLC0415 - slow to load, and few commands make one

    return bill(room.service, room)


@artifact("release-runbook.md", step="7.2")
def release_runbook(rehearsal: Rehearsal, lock: LockFile, room: CleanRoom, rollback: Rollback) -> str:
    """Release runbook: the commands of a release in order, as they were rehearsed."""
    return TEMPLATES.get_template("release-runbook.md.j2").render(
        service=room.service, rehearsal=rehearsal, lock=lock, room=room, rollback=rollback, start=_command(rehearsal)
    )


@artifact("rollback-plan.md", step="7.2")
def rollback_plan(rehearsal: Rehearsal, rollback: Rollback, room: CleanRoom) -> str:
    """Rollback plan: back to the last release, with or without the schema."""
    return TEMPLATES.get_template("rollback-plan.md.j2").render(
        service=room.service, rehearsal=rehearsal, rollback=rollback, start=_command(rehearsal)
    )


@artifact("rehearsal.json", step="7.2")
def rehearsal_record(rehearsal: Rehearsal) -> str:
    """Rehearsal: each step with its time, and the requests around the restart."""
    restart = rehearsal.restart
    whole = {
        "environment": tell("from the lock") if rehearsal.clean else tell("the service's own"),
        "steps": [_act(act) for act in rehearsal.acts],
        "smoke": [{"endpoint": seen.endpoint, "status": seen.status} for seen in rehearsal.smoke],
        "restart": restart
        and {
            "paths": restart.paths,
            "requests": {"before": restart.before, "during": restart.during, "after": restart.after},
            "failed": [{"path": one.path, "status": one.status, "problem": one.problem} for one in restart.lost],
            "in_flight": {
                "endpoint": restart.caught_endpoint,
                "sent": len(restart.caught),
                "answered": sum(not one.failed for one in restart.caught),
            },
            "exit_code": restart.exit_code,
            "stop_seconds": round(restart.stop_seconds, 1),
        },
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


@artifact("dashboard.json", step="7.2")
def grafana_dashboard(spec: Spec, rehearsal: Rehearsal) -> str:
    """Dashboard: each quality need with its limit, and the service's own metrics, for Grafana."""
    return dashboard(spec.content.service.name, spec.content.quality, rehearsal.metrics)


@artifact("alert-rules.yaml", step="7.2")
def alert_rules(spec: Spec, rehearsal: Rehearsal) -> str:
    """Alert rules: one for each quality need, on the metrics that the service exposes."""
    return TEMPLATES.get_template("alert-rules.yaml.j2").render(
        service=spec.content.service.name, rules=rules_for(spec.content.quality, rehearsal.metrics)
    )


def _act(act: Act) -> dict[str, object]:
    said: dict[str, object] = {"step": tell(act.name), "command": tell(act.command), "seconds": round(act.seconds, 1)}
    return said | ({"problem": tell(act.problem)} if act.problem else {})


def _command(rehearsal: Rehearsal) -> str:
    """How the service is started, on every address."""
    act = rehearsal.act("start")
    return act.command.replace("127.0.0.1", "0.0.0.0") if act else ""  # noqa: S104 - text for people
