"""Guest: does the service's process talk to the run's own PostgreSQL, and which setting leads elsewhere?

Stands first on PYTHONPATH, so every Python of the service imports it at its start. `GONOGO_GUARD` is JSON: the `port`
and socket `folder` of the run's server, its `marker` (what `SHOW gonogo.run` says there and nowhere else), `report`, a
file. A connection to another address is written there, with the settings that hold it; a connection whose server does
not know the marker is closed and refused. `reads`, another file: what this process opens is written there, a JSON
object on a line: {"file"}; from Python 3.12 on {"imported"} for a source that is opened by an import alone, and {"ran",
"line"} for code of it that begins on that line; {"started"} for a program that does not tell it in turn. Otherwise the
service's process goes on as if this file were not there.
"""

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys

from gonogo_databases import instead, parts_of

ASKED = "SELECT current_setting('gonogo.run', true)"
HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib costs every process milliseconds
IMPORT = "<frozen importlib._bootstrap_external>"
DEPTH = 10  # frames from a request for a line to the open file: inspect, linecache, tokenize
told = json.loads(os.environ.get("GONOGO_GUARD") or "{}")
read = {}  # variables that the process asked for: name → what it got
sure = set()  # addresses whose server knows the marker


class Stranger(ConnectionError):
    """A server that the run did not start."""


def look(address) -> None:
    """Write down an address that is not the run's."""
    host, port = address[:2]
    socket_file = host.startswith("/") and host != told.get("folder")
    if socket_file or (port != str(told["port"]) and host != told.get("folder")):
        report(address)


def report(address) -> None:
    host, port, database = address[:3]
    line = {"host": host, "port": port, "database": database, "settings": settings_with(address)}
    with contextlib.suppress(OSError), open(told["report"], "a", encoding="utf-8") as file:  # noqa: PTH123
        file.write(json.dumps(line) + "\n")


def known(error, address):
    """The run's own database, where one was refused whose name stands in the code. Raises the refusal else."""
    name = instead(error, address[2], told.get("name"))
    if not name:
        raise error
    return name


def believe(address, marker) -> None:
    """Raises `Stranger` unless the server said the run's marker."""
    if not told["marker"] or marker != told["marker"]:  # an import has no database at all
        report(address)
        host, port, database = address[:3]
        raise Stranger(f"{host}:{port}/{database} is no server of this run: it does not know its marker")
    sure.add(address)


def settings_with(address):
    """Settings (as the environment spells them) that hold a part of this address → what to put there."""
    found = {}
    with contextlib.suppress(Exception):
        for name, value in (*in_models(), *read.items()):
            meant = meaning(name, str(value), address)
            if meant:
                found[name] = meant
    return found


def meaning(name, value, address):
    """The placeholder for a setting of this name and value; empty where it holds no part of the address."""
    host, port, database, user = address
    if "://" in value and (f"{host}:{port}" in value or f"@{host}/" in value or f"//{host}/" in value):
        return "{database_url}"
    if value == user and "USER" in name.upper():
        return "{database_user}"
    exact = {host: "{database_host}", port: "{database_port}", database: "{database_name}"}
    return exact.get(value, "") if value and "PASS" not in name.upper() else ""


def in_models():
    """Name and value of every field of the pydantic settings of this process, nested ones too."""
    module = sys.modules.get("pydantic_settings")
    kinds = list(subclasses(module.BaseSettings)) if module else []
    inner = {
        kind for outer in kinds for kind in kinds if any(kind is f.annotation for f in outer.model_fields.values())
    }
    for kind in kinds:
        if kind not in inner:
            with contextlib.suppress(Exception):  # one that can't be made here
                config = kind.model_config
                spelling = (config.get("env_prefix") or "", config.get("env_nested_delimiter") or "__")
                yield from fields_of(kind(), spelling, ())


def subclasses(kind):
    for one in kind.__subclasses__():
        if not one.__module__.startswith("pydantic_settings"):
            yield one
        yield from subclasses(one)


def fields_of(model, spelling, above):
    prefix, between = spelling
    for name, field in type(model).model_fields.items():
        value = getattr(model, name, None)
        alias = field.validation_alias if isinstance(field.validation_alias, str) and not above else None
        if hasattr(type(value), "model_fields"):
            yield from fields_of(value, spelling, (*above, name))
        else:
            yield (alias or prefix + between.join((*above, name))).upper(), value


def watch_variables() -> None:
    """Remember which variables are asked for, and what the process makes of those that are not set."""
    kind = type(os.environ)
    get = kind.get

    def remembering(self, key, default=None):
        value = get(self, key, default)
        if isinstance(key, str) and value is not None and len(read) < 1000:  # noqa: PLR2004
            read.setdefault(key, value)
        return value

    kind.get = remembering


def in_psycopg(module) -> None:
    for kind in (module.Connection, module.AsyncConnection):
        kind.connect = classmethod(psycopg_connect(kind.connect.__func__, awaits=kind is module.AsyncConnection))
    module.connect = module.Connection.connect


def psycopg_connect(connect, *, awaits):
    def opened(connection, address):
        if address not in sure:
            answer = connection.pgconn.exec_(ASKED.encode()).get_value(0, 0)
            try:
                believe(address, (answer or b"").decode())
            except Stranger:
                connection.pgconn.finish()
                raise
        return connection

    def sync(cls, *args, **words):
        address = parts_of(args, words)
        look(address)
        try:
            return opened(connect(cls, *args, **words), address)
        except Exception as error:
            words["dbname"] = known(error, address)
            return opened(connect(cls, *args, **words), address)

    async def later(cls, *args, **words):
        address = parts_of(args, words)
        look(address)
        try:
            return opened(await connect(cls, *args, **words), address)
        except Exception as error:
            words["dbname"] = known(error, address)
            return opened(await connect(cls, *args, **words), address)

    return later if awaits else sync


def in_psycopg2(module) -> None:
    connect = module._connect

    def asking(dsn, *args, **words):
        address = parts_of((dsn,), words)
        look(address)
        try:
            connection = connect(dsn, *args, **words)
        except Exception as error:
            connection = connect(f"{dsn} dbname={known(error, address)}", *args, **words)
        if address not in sure and not words.get("async") and not words.get("async_"):
            with connection.cursor() as cursor:
                cursor.execute(ASKED)
                marker = cursor.fetchone()[0]
            connection.rollback()
            try:
                believe(address, marker)
            except Stranger:
                connection.close()
                raise
        return connection

    module._connect = asking


def in_asyncpg(module) -> None:
    connect = module._connect

    async def asking(*args, **words):
        address = parts_of(args, words)
        look(address)
        try:
            connection = await connect(*args, **words)
        except Exception as error:
            words["database"] = known(error, address)
            connection = await connect(*args, **words)
        if address not in sure:
            marker = await connection.fetchval(ASKED)
            try:
                believe(address, marker)
            except Stranger:
                connection.terminate()
                raise
        return connection

    module._connect = asking


def in_pg8000(module) -> None:
    start = module.CoreConnection.__init__

    def looking(self, user, *args, **words):
        look(parts_of((), {"user": user, **words}))
        start(self, user, *args, **words)

    module.CoreConnection.__init__ = looking


DRIVERS = {
    "psycopg": in_psycopg,
    "psycopg2": in_psycopg2,
    "asyncpg.connect_utils": in_asyncpg,
    "pg8000.core": in_pg8000,
}


class Finder(importlib.abc.MetaPathFinder):
    """Dresses a driver once it has been imported."""

    def find_spec(self, name, path=None, target=None):  # noqa: ARG002
        if name not in DRIVERS:
            return None
        dress = DRIVERS.pop(name)
        spec = importlib.util.find_spec(name)
        if spec and spec.loader and hasattr(spec.loader, "exec_module"):
            run = spec.loader.exec_module

            def dressed(module):
                run(module)
                with contextlib.suppress(Exception):  # another version of the driver: the fence holds all the same
                    dress(module)

            spec.loader.exec_module = dressed
        return spec


class Watch:
    """Writes down each file that is opened for the first time, but for the interpreter's own and its packages'.

    Of a source that was imported also which functions ran, each once: a body that never ran changed nothing.
    """

    TOOL = 3  # of `sys.monitoring`: meant for no kind of tool, and not the one that the plugin of the tests takes

    def __init__(self, report) -> None:
        places = {sys.prefix, sys.base_prefix, sys.exec_prefix, HERE}
        real = {os.path.realpath(place) for place in places}
        self.own = tuple(os.path.join(place, "") for place in {*places, *real, "/proc", "/sys", "/dev"})  # noqa: PTH118
        self.report, self.seen = report, set()
        self.watches_runs = self.can_watch_runs()
        self.bytecode = os.path.join(os.path.abspath(sys.pycache_prefix), "") if sys.pycache_prefix else ""  # noqa: PTH100, PTH118

    def __call__(self, event, args) -> None:
        with contextlib.suppress(Exception):  # the service's process goes on as if this were not there
            if event in {"open", "sqlite3.connect"}:
                if isinstance(args[0], (str, bytes, os.PathLike)):
                    name = os.fsdecode(args[0]).removeprefix("file:").partition("?")[0]  # SQLite's way to say it
                    self.opened(os.path.abspath(name), "imported" if self.watches_runs and imports() else "file")  # noqa: PTH100
            elif event == "subprocess.Popen":
                self.started(args[0] or args[1][0], args[3], args[1])
            elif event in {"os.exec", "os.posix_spawn"}:
                self.started(args[0], args[2], args[1])
            elif event == "os.system":
                self.started("a shell", {}, ())

    def can_watch_runs(self):
        """From Python 3.12 on, where nobody has the place; each function costs one call, at its first run."""
        try:
            monitoring = sys.monitoring
            monitoring.use_tool_id(self.TOOL, "gonogo")
            monitoring.register_callback(self.TOOL, monitoring.events.PY_START, self.ran)
            monitoring.set_events(self.TOOL, monitoring.events.PY_START)
        except (AttributeError, ValueError):
            return False
        return True

    def ran(self, code, _offset):
        """A function begins. What could not be written down is told of when it runs again."""
        try:
            path = code.co_filename
            if not path.startswith((*self.own, "<")):
                place = (os.path.abspath(path), code.co_firstlineno)  # noqa: PTH100
                if place not in self.seen:
                    self.write({"ran": place[0], "line": place[1]})
                    self.seen.add(place)
        except Exception:  # the service's process goes on as if this were not there
            return None
        return sys.monitoring.DISABLE

    def opened(self, path, how) -> None:
        if self.bytecode and path.startswith(self.bytecode):  # the run's own, of a source with the same path behind it
            folder, name = os.path.split(path[len(self.bytecode) - 1 :])
            path = os.path.join(folder, name.split(".")[0] + ".py")  # noqa: PTH118
        if (how, path) in self.seen or path == self.report or path.startswith(self.own):
            return
        self.seen.add((how, path))
        self.write({how: path})
        folder, name = os.path.split(path)
        above, cache = os.path.split(folder)
        if cache == "__pycache__":  # read instead of the source, as long as that is the same
            self.write({how: os.path.join(above, name.split(".")[0] + ".py")})  # noqa: PTH118

    def started(self, program, environment, words) -> None:
        name = os.path.basename(os.fsdecode(program))  # noqa: PTH119
        given = os.environ if environment is None else environment
        guarded = "GONOGO_GUARD" in given and HERE in str(given.get("PYTHONPATH", "")).split(os.pathsep)
        options = {os.fsdecode(word) for word in words if not isinstance(words, (str, bytes))}
        tells = name.startswith("python") and guarded and not options & {"-I", "-S", "-E", "-IS", "-SI", "-Es", "-sE"}
        if not tells and (name,) not in self.seen:
            self.seen.add((name,))
            self.write({"started": name})

    def write(self, line) -> None:
        number = os.open(self.report, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            os.write(number, json.dumps(line).encode() + b"\n")
        finally:
            os.close(number)


def imports() -> bool:
    """Does Python's own import open this file, to run it? Asked in a hook, whose caller's caller opens it."""
    opener = sys._getframe(2)
    above = opener.f_back
    by_import = [(one.f_code.co_filename, one.f_code.co_name) for one in (opener, above) if one]
    if by_import[0] == (IMPORT, "_write_atomic"):  # bytecode, which stands for its source
        return True
    if by_import == [(IMPORT, "get_data"), (IMPORT, "get_code")]:
        return type(above.f_locals.get("self")) is importlib.machinery.SourceFileLoader
    return asks_for_a_line(opener)


def asks_for_a_line(frame) -> bool:
    """FastAPI opens the source of each handler at its first request, to know the line on which that begins."""
    for _ in range(DEPTH):
        if frame is None:
            return False
        if frame.f_code.co_name == "_extract_endpoint_context":
            return frame.f_globals.get("__name__") == "fastapi.routing"
        frame = frame.f_back
    return False


def next_one() -> None:
    """The `sitecustomize` that this one stands before."""
    sys.path[:] = [place for place in sys.path if os.path.abspath(place) != HERE]  # noqa: PTH100
    mine = sys.modules.pop("sitecustomize", None)
    try:
        importlib.import_module("sitecustomize")
    except ImportError:
        if mine is not None:
            sys.modules["sitecustomize"] = mine


if told.get("reads"):
    sys.addaudithook(Watch(told["reads"]))
if "port" in told:
    watch_variables()
    sys.meta_path.insert(0, Finder())
if clock := json.loads(os.environ.get("GONOGO_CLOCK") or "null"):
    with contextlib.suppress(Exception):  # whoever moves the clock asks afterwards whether it is moved
        import gonogo_clock

        gonogo_clock.move(clock["seconds"])
        if clock["dates"]:
            gonogo_clock.move_dates(clock["seconds"])
next_one()
