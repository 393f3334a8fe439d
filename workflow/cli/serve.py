"""`web`, `sample` and `load`: things that serve until Ctrl-C."""

from invoke import Exit
from rich.console import Console

from runner import said
from runner.discovery.target import find_target
from runner.errors import WorkflowError
from runner.live.ports import accepts
from runner.processes.process import clean_environment, hand_over, quick
from workflow.called import called_anywhere, called_by
from workflow.cli.errors import GO, NO_GO, exit_codes
from workflow.cli.lay import a_page, say
from workflow.service import Shape, choose_service, ledger_of, load_by_hand, own_path, stated_shape
from workflow.settings import SAMPLE


def serve_web(service: str, port: int, *, open_browser: bool) -> None:
    with exit_codes(service=service):
        from workflow.web.launch import serve

        target = choose_service(service or None)
        serve(target.root, port or None, called_anywhere(target.root), open_browser=open_browser)


def serve_for_a_team(service: str, bind: str, port: int, url: str, base_path: str) -> None:
    with exit_codes(service=service):
        from workflow.web.launch import choose_port, serve_team, served_at

        target = choose_service(service or None)
        served = served_at(bind, choose_port(port or None), url, base_path)
        ledger = ledger_of(target)
        if ledger.migrated:
            say(a_page(called_by(service)), ledger.migrated)
        ledger.close()
        serve_team(target.root, served, called_anywhere(target.root))


def serve_sample(port: int) -> None:
    """Migrate a SQLite file and become the bundled service, as its README says."""
    with exit_codes():
        if not SAMPLE.is_dir():
            raise WorkflowError(
                said.say("The bundled service is not part of this installation; clone the project to have it.")
            )
        if accepts(port):
            raise WorkflowError(
                said.say(
                    "Port {port} is taken. Name another one: invoke sample --port {next}", port=port, next=port + 1
                )
            )
        target = find_target(SAMPLE)
        database = own_path(target, "sample.db")
        env = clean_environment({"SAMPLE_DATABASE_URL": f"sqlite:///{database}"})
        python = str(target.python)
        ran = quick([python, "-m", "alembic", "upgrade", "head"], cwd=target.root, timeout=60, env=env)
        if ran.code:
            raise WorkflowError(said.say("The bundled service's database can't be migrated: {why}", why=ran.last_words))
        where = said.say("sample_service on {address} · Ctrl-C ends it", address=f"http://127.0.0.1:{port}/docs")
        Console(highlight=False).print(said.told(where))
        argv = [python, "-m", "uvicorn", str(target.app), "--host", "127.0.0.1", "--port", str(port)]
        hand_over(argv, cwd=target.root, env=env)


def run_load(service: str, users: int, seconds: int, *, ui: bool) -> None:
    with exit_codes(service=service):
        target = choose_service(service or None)
        stated = stated_shape(target)
        shape = Shape(users=users or stated.users, seconds=seconds or stated.seconds, ui=ui)
        code = load_by_hand(target, shape, lambda line: Console(highlight=False).print(said.told(line)))
    raise Exit(code=GO if code == 0 else NO_GO)
