"""Which variables does a process of the service get?"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from runner.brokers import in_memory
from runner.discovery.code_files import python_files
from runner.discovery.target import Target
from runner.discovery.variables import leaves_open, shown_values
from runner.errors import ProbeError
from runner.lent import LENT, lent
from runner.live.learned import learned
from runner.live.redis import DATABASES, USUAL, Redis
from runner.live.workshop import Workshop
from runner.postgres.database import Database
from runner.processes.process import clean_environment
from runner.processes.reads import current, recording
from runner.said import say, together
from runner.servers import Servers
from runner.vocabulary.providers import providers_in

if TYPE_CHECKING:
    from runner.live.issuer import Issuer

GUARD = Path(__file__).parent / "guest" / "guard"
# Where the server is and how it is spoken to, which the run's own settles; and what is filled in.
ELSEWHERE = re.compile(r"(?i)(?:host\w*|port|user|password|passfile|dbname|database|service|ssl\w*|gss\w*)=|.*[%{$]")
CLOSED = "http://127.0.0.1:1"
BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE")
# Lists of authorities that Python packages bring along, below an interpreter's environment.
PACKED = "lib*/python*/site-packages/{package}/cacert.pem"
PACKERS = ("certifi", "botocore")
# As a machine of a cloud has them by its role: what is signed with them reaches the run's own issuer alone.
AMAZON = {"AWS_ACCESS_KEY_ID": "gonogo", "AWS_SECRET_ACCESS_KEY": "gonogo", "AWS_EC2_METADATA_DISABLED": "true"}
NOWHERE = Database(port=1, name="nowhere")  # nobody listens there


class Environment:
    """The settings of gonogo.toml with their placeholders filled in, and what every process of the service gets."""

    def __init__(self, target: Target, workshop: Workshop, servers: Servers) -> None:
        self._target = target
        self._workshop = workshop
        self._servers = servers

    def of(
        self, database: Database | None = None, *, production: bool = False, deployed: bool = False
    ) -> dict[str, str]:
        """The service's environment with its placeholders filled in.

        `deployed`: with nothing that only we could know, where the team says in [env] what its service is given.

        Without a database, `{database_url}` names one that nothing serves: imports work, queries fail. Raises
        `ProbeError` for a database that the service would not be told of: it would use its own default instead, which
        may be one that somebody needs.
        """
        config = self._target.config
        wanted = (self._deployed() if deployed else self.named()) | (config.production if production else {})
        return self._filled_in(wanted | (self._in_production() if production and not deployed else {}), database)

    def _in_production(self) -> dict[str, str]:
        """What the service demands in production beside the word that makes it so, where nobody wrote that down.

        It may refuse cookies that are not secure, debug pages, a default secret. It is right, and proofs go on without.
        """
        production = self._target.config.production
        if self._target.told_production or not production:
            return {}
        key = f"learned in production {self._target.root}"
        return self._workshop.once.get(key, lambda: self._learned(production))

    def named(self) -> dict[str, str]:
        """The variables of `[env]`, and those that the service was seen to demand, with their placeholders."""
        found = self._target.config.env | self._workshop.once.get(f"learned {self._target.root}", self._learned)
        return in_memory(self._target.python, found, frozenset(self._target.written))

    def _deployed(self) -> dict[str, str]:
        """Without the variables of [env] all that was found. Else what no file of the repository names is left out.

        Servers and secrets are in it: no repository has these.
        """
        found, written = self.named(), self._target.written
        shown = {*shown_values(self._target.root), *(name for name in found if self._target.deploys_with(name))}
        return {
            name: value
            for name, value in found.items()
            if not written or name in written or name in shown or name.upper() in shown or "{" in value
        }

    def _learned(self, production: Mapping[str, str] | None = None) -> dict[str, str]:
        beside = self.named() | dict(production) if production else {}
        with recording(None):  # whatever runs the service's code reads the files that ask for these
            if not beside and not leaves_open(self._target.root, self._target.config.env):
                return {}
            return learned(self._target, self._workshop, shown_values(self._target.root), self._filled_in, beside)

    def _filled_in(self, wanted: Mapping[str, str], database: Database | None = None) -> dict[str, str]:
        driver, other = self._servers.driver(), self._servers.other_database()
        postgres = driver and self._servers.asked_for().mentions("postgres", "psycopg", "asyncpg", "pg8000", "_engine(")
        if database and (postgres or other):  # one that is not started here would be reached as well
            self.must_be_told(wanted)
        place = database or NOWHERE
        fill = {
            "database_url": other.url if other and place.is_asked else place.url(driver),
            "database_url_sync": other.url if other and place.is_asked else place.url(self._servers.driver_sync()),
            "database_host": "127.0.0.1",
            "database_port": str(place.port),
            "database_user": "postgres",
            "database_password": "trusted",
            "database_name": place.name,
            "secret": self._target.secret,
            "python": str(self._target.python),
            "root": str(self._target.root),
        }
        if database and any("{redis" in value for value in wanted.values()):
            redis, number = self._redis_of(place, wanted)
            fill |= {"redis_url": redis.url(number), "redis_port": str(redis.port), "redis_db": str(number % DATABASES)}
        else:
            fill |= {"redis_url": "redis://127.0.0.1:1/0", "redis_port": "1", "redis_db": "0"}
        fill |= {"redis_host": "127.0.0.1"}
        posts = database and any("{mail_" in value for value in wanted.values())
        fill |= {"mail_host": "127.0.0.1", "mail_port": str(self._workshop.postbox().port if posts else 1)}
        fill |= (
            self._issuer_of(wanted)
            if database
            else {"issuer_url": CLOSED, "issuer_host": "127.0.0.1", "issuer_port": "1"}
        )
        told = self._base() | _defaults(place) | self._alembic_told(place) | self._guard(place)
        told |= self._trusting(wanted) if database else {}
        return told | {name: _filled(name, value, fill) for name, value in wanted.items()}

    def issuer(self) -> "Issuer | None":
        """Who gives out the tokens that the service takes; None where nothing of it leads to such a server."""
        named = self.named() | self._target.config.production
        return self._workshop.issuer() if self._asks_issuer(named) else None

    def _asks_issuer(self, wanted: Mapping[str, str]) -> bool:
        """Do settings lead to the run's own issuer, or addresses that the code writes itself?"""
        return any(map(_leads_to_issuer, wanted.values())) or self._named_in_code()

    def _named_in_code(self) -> bool:
        """Are tokens of a provider taken whose name stands in the code? The run's own issuer bears that name then."""
        return self._workshop.once.get(f"providers of {self._target.root}", self._stands_in)

    def _stands_in(self) -> bool:
        hosts = providers_in(
            path.read_text(encoding="utf-8", errors="replace") for path in python_files(self._target.root)
        )
        if not hosts or not self._workshop.stand_in(hosts):
            return False
        place = self._target.python.parent.parent
        self._workshop.trusting(path for name in PACKERS for path in place.glob(PACKED.format(package=name)))
        return True

    def _issuer_of(self, wanted: Mapping[str, str]) -> dict[str, str]:
        if not any(map(_leads_to_issuer, wanted.values())):
            return {}
        issuer = self._workshop.issuer()
        return {"issuer_url": issuer.url, "issuer_host": issuer.host, "issuer_port": str(issuer.port)}

    def _trusting(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """Its clients of TLS believe the certificate of the run's own issuer, and no other: they reach nobody else."""
        if not self._asks_issuer(wanted):
            return {}
        told = dict.fromkeys(BUNDLES, str(self._workshop.issuer().certificate))
        return told | (AMAZON if self._named_in_code() else {})

    def redis_of(self, database: Database) -> tuple[Redis, int]:
        """The Redis server that goes with this database, and the number in it."""
        return self._redis_of(database, self.named())

    def _redis_of(self, database: Database, wanted: Mapping[str, str]) -> tuple[Redis, int]:
        """Each has a number of its own. Where the service is told that by itself it is one that any server has.

        Its settings may refuse another, so there are several servers then.
        """
        _, _, last = database.name.rpartition("_")
        number = int(last) if last.isdigit() else 0
        told = any("{redis_db" in value for value in wanted.values())
        server, number = divmod(number, USUAL) if told else (0, number)
        return self._servers.redis(server), number

    def _guard(self, place: Database) -> dict[str, str]:
        """For the guard in each Python of the service: which server is the run's, and where to tell of others."""
        known = {
            "port": place.port,
            "folder": place.folder,
            "marker": place.marker,
            "name": place.name,
            "report": str(self._workshop.strangers),
            "reads": told_in(self._workshop),
        }
        return {"GONOGO_GUARD": json.dumps(known)}

    def _alembic_told(self, place: Database) -> dict[str, str]:
        """The database for Alembic, where its configuration names one by itself, which may be somebody's own."""
        fixed = self._target.alembic_url
        scheme = fixed.partition("://")[0] if fixed.startswith("postgres") else ""
        address = place.url(self._servers.driver()).partition("://")
        query = told_to_driver(fixed) if scheme else ""
        return {"GONOGO_ALEMBIC_URL": f"{scheme or address[0]}://{address[2]}{query}"} if fixed else {}

    def _base(self) -> dict[str, str]:
        """What every command of the service starts from: its own environment's programs first, no bytecode left."""
        inherited = clean_environment()
        path = f"{self._target.python.parent}:{inherited.get('PATH', '')}"
        own = [str(self._target.root / self._target.path)] if self._target.path else []
        modules = ":".join(filter(None, [str(GUARD), *own, self._lent()]))
        return (
            inherited
            | {"PYTHONPATH": modules}
            | ({} if self._target.folder == "." else {"GONOGO_RUNS_IN": str(self._target.root / self._target.folder)})
            | {"PATH": path, "PYTHONUNBUFFERED": "1"}
            | self._bytecode()
        )

    def _lent(self) -> str:
        """A folder with the Alembic that its migrations need, where its own interpreter has none."""
        if self._target.alembic is None:
            return ""
        python, once = self._target.python, self._workshop.once
        return once.get(f"lent to {python}", lambda: lent(python, self._workshop.scratch(LENT)))

    def _bytecode(self) -> dict[str, str]:
        """None is left beside the code. Where its packages have none (uv makes none), a run makes it once, for itself.

        Without it each of its processes would compile them anew, which takes longer than all else that it does.
        """
        if has_bytecode(self._target.python):
            return {"PYTHONDONTWRITEBYTECODE": "1"}
        place = self._workshop.once.get("bytecode of the services", lambda: self._workshop.scratch("bytecode"))
        return {"PYTHONPYCACHEPREFIX": str(place)}

    def must_be_told(self, env: Mapping[str, str]) -> None:
        """Raise `ProbeError` unless variables say where the database is: by a URL, or by host and port.

        A name or a password alone would leave the service on a host of its own. Of a database in a file, without a
        server, the name is enough.
        """
        told = " ".join(env.values())
        server = "{database_host" in told and "{database_port" in told
        file = "{database_name" in told and not self._servers.driver() and not self._servers.other_database()
        if not ("{database_url" in told or server or file):
            raise ProbeError(
                "which variable carries the database's address? Without it a proof might reach a database of yours. "
                'Add it to gonogo.toml: [env] DATABASE_URL = "{database_url}", with the service\'s own name for it, '
                'or the variables of its host and port: "{database_host}", "{database_port}"'
            )


def told_to_driver(address: str) -> str:
    """What of an address its driver or SQLAlchemy is told beside the place: `?async_fallback=True`; "" for nothing."""
    parts = [part for part in address.partition("?")[2].split("&") if part and not ELSEWHERE.match(part)]
    return f"?{'&'.join(parts)}" if parts else ""


def has_bytecode(python: Path) -> bool:
    """Was FastAPI compiled in this interpreter's environment? True as well where it is not in it."""
    found = python.parent.parent.glob("lib*/python*/site-packages/fastapi")
    return all((package / "__pycache__").is_dir() for package in found)


def told_in(workshop: Workshop) -> str:
    """The file in which the processes of what is collected here tell what they open; "" where nobody collects."""
    mine = current()
    if mine is None:
        return ""
    if mine.report is None:
        mine.report = workshop.scratch("reads") / "report.jsonl"
        mine.report.touch(mode=0o666)
    return str(mine.report)


def watched(workshop: Workshop) -> dict[str, str]:
    """For a tool of ours that runs in Python: it tells which files it opens."""
    reads = told_in(workshop)
    return {"PYTHONPATH": str(GUARD), "GONOGO_GUARD": json.dumps({"reads": reads})} if reads else {}


def _leads_to_issuer(value: str) -> bool:
    return "{issuer_" in value


def _defaults(place: Database) -> dict[str, str]:
    """What PostgreSQL's drivers take for the part of an address that the service leaves out, such as the port."""
    user = {"PGUSER": "postgres", "PGPASSWORD": "trusted"}
    return {"PGHOST": "127.0.0.1", "PGPORT": str(place.port), "PGDATABASE": place.name, **user}


def _filled(name: str, value: str, fill: Mapping[str, str]) -> str:
    try:
        return value.format(**fill)
    except (KeyError, IndexError, ValueError) as error:
        known = together(f"{{{key}}}" for key in fill)
        raise ProbeError(
            say(
                "gonogo.toml: `{name}` has an unknown placeholder {error}. Known: {known}",
                name=name,
                error=error,
                known=known,
            )
        ) from error
