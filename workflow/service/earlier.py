"""What does the ledger know that a new run is compared with?"""

from runner.discovery.source import host
from runner.discovery.target import Target
from runner.errors import NotThere, ProbeError, WorkflowError
from runner.evidence.agreed.earlier_load import EarlierLoad
from workflow import gate
from workflow.ledger import Ledger, Run

LOOKED = 100  # latest runs of the service


def accepted_load(target: Target, ledger: Ledger) -> EarlierLoad | None:
    """The load that this machine's newest GO of the performance stage stands on, of the run that it was measured in.

    None when there is none to be read. A run that reuses a load has the same record as the one that measured it. One
    that was measured while others used the machine is no measure: what became slower would hide behind it.
    """
    runs = [run for run in ledger.runs(str(target.root), LOOKED) if run.host == host() and _accepted(run)]
    records = ledger.digests([run.id for run in runs], "load.json")
    measured = {digest: run for run in runs if (digest := records.get(run.id))}  # the oldest comes last
    for digest in dict.fromkeys(records[run.id] for run in runs if run.id in records):
        run = measured[digest]
        try:
            text = ledger.content(digest).decode("utf-8")
            load = EarlierLoad.read(text, run=run.id, commit=run.commit, clean=not run.dirty)
        except (NotThere, ProbeError, WorkflowError):
            continue
        if not load.disturbed:
            return load
    return None


def _accepted(run: Run) -> bool:
    return any(one.slug == "performance" and one.whole and one.verdict == gate.Gate.GO.value for one in run.results)
