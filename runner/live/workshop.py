"""What one run has started, once each: shared by all evidence, ended together.

What starts a server is loaded with the first one: a run of which nothing has to be looked at starts none.
"""

import contextlib
import itertools
import re
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from runner.discovery.asked_for import AskedFor, asked_for
from runner.discovery.image_folders import image_folders
from runner.discovery.target import Target
from runner.discovery.usual_places import text_if_there
from runner.discovery.wanted import Wanted
from runner.errors import ProbeError
from runner.live.binaries import roomy
from runner.live.candidates import candidates, fitting
from runner.live.scratch import drop_scratch, make_scratch, sweep
from runner.postgres.database import Database
from runner.processes.fence import Kind, make_fence
from runner.processes.process import Runner
from runner.processes.reads import Reads, concerned, recording
from runner.reading.walk import folders_above

if TYPE_CHECKING:
    from runner.live.issuer import Issuer
    from runner.live.postbox import Postbox
    from runner.live.postgres import Postgres
    from runner.live.redis import Redis

T = TypeVar("T")
L = TypeVar("L", "Issuer", "Postbox")
RESOLVER = Path("/etc/resolv.conf")


class Once:
    """Makes a thing at its first use, from any thread, and remembers the failure as well.

    One future per key: whoever asks for a thing that is being made waits for it, and for nothing else. What was read to
    make it counts as read by each who uses it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[str, Future[Any]] = {}
        self._reads: dict[str, Reads] = {}

    def get(self, key: str, make: Callable[[], T]) -> T:
        """The thing of that name. Raises what making it raised, each time."""
        with self._lock:
            future = self._made.get(key)
            mine = future is None
            if future is None:
                future = self._made[key] = Future()
                self._reads[key] = Reads()
        read = self._reads[key]
        if mine:
            try:
                with recording(read):
                    future.set_result(make())
            except BaseException as error:  # also at Ctrl-C: nobody may wait for what is not made any more
                future.set_exception(error)
                raise
            finally:
                _absorb(read)
        made: T = future.result()
        _absorb(read)
        return made

    def peek(self, key: str) -> object:
        """What was made under that name; None where nothing was, or not yet."""
        future = self._made.get(key)
        return _outcome(future) if future else None

    def made(self) -> tuple[Any, ...]:
        """Everything that was made until now, without what failed."""
        ended = [future for future in tuple(self._made.values()) if future.done()]
        return tuple(future.result() for future in ended if future.exception() is None)


def _absorb(read: Reads) -> None:
    """Who uses what was made has read what was read for it."""
    for one in concerned():
        one.absorb(read)


def _outcome(future: "Future[Any]") -> object:
    if not future.done():
        return None
    return future.exception() or future.result()


class Workshop:
    """The scratch folder, processes and servers of a run. Use as a context manager."""

    def __init__(self, fence: str = "", *, trusted: bool = False, rests: Sequence[float] = ()) -> None:
        """`fence`: the kind to use, the best by default; `trusted`: go on where there is none.

        `rests`: seconds before each further measurement, where others disturbed the one before.
        """
        sweep()  # what killed runs left
        self.run_folder = make_scratch(parent=roomy())
        self.run_folder.chmod(0o711)  # PostgreSQL's user must come through
        self.fence = make_fence(self.run_folder, fence, trusted=trusted)
        self.runner = Runner(self.run_folder, fence=self.fence)
        self._admitted = Once()
        self.rests = tuple(rests)
        self.strangers = self.scratch("strangers") / "report.jsonl"  # written by the guard in the service's processes
        self.copies: dict[str, str] = {}  # of the service's folder that were made for this run → that folder
        self.secrets: list[str] = []  # that came up in this run; no record may tell them
        self.once = Once()  # anything else that evidence makes once per run
        self._postgres, self._redis, self._numbers = Once(), Once(), itertools.count(1)
        self._postbox, self._issuer = Once(), Once()
        self._listening = contextlib.ExitStack()  # threads of our own, where the service's mails and sign-ins go

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, it: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self.runner.close()
        self._listening.close()
        self.fence.close()
        drop_scratch(self.run_folder)

    def asked_for(self, target: Target) -> AskedFor:
        """What a service's files say of the servers that it needs: a fact by itself, whatever files say it."""
        with recording(None):
            return self.once.get(f"asked for {target.root}", lambda: asked_for(target))

    def postgres(self, wanted: Sequence[Wanted] = ()) -> "Postgres":
        """A server with the wanted extensions: one for all who are content with the same."""
        from runner.live.postgres import start_postgres

        with recording(None):  # a server of ours reads nothing of the service's
            among = fitting(wanted, candidates())
            return self._postgres.get(str([one.label for one in among]), lambda: start_postgres(self.runner, among))

    def fallen(self) -> str:
        """How a server of the run's own ended by itself; empty while all live."""
        return next((said for one in self._postgres.made() if (said := one.end())), "")

    def own_postgres(self, wanted: Sequence[Wanted] = ()) -> "Postgres":
        """Another one, for who wants to move its clock."""
        from runner.live.postgres import start_postgres

        with recording(None):
            return start_postgres(self.runner, fitting(wanted, candidates()))

    def redis(self, wanted: Sequence[Wanted] = (), number: int = 0) -> "Redis":
        """A server that knows the wanted commands; `number`: of several alike."""
        from runner.live.redis import start_redis

        names = sorted(one.name for one in wanted)
        with recording(None):
            return self._redis.get(f"{names} {number}", lambda: start_redis(self.runner, wanted))

    def all_redis(self) -> "Sequence[Redis]":
        """Those that were started so far."""
        return self._redis.made()

    def own_redis(self, wanted: Sequence[Wanted] = ()) -> "Redis":
        """Another one, for who wants to stop it."""
        from runner.live.redis import start_redis

        with recording(None):
            return start_redis(self.runner, wanted)

    def postbox(self) -> "Postbox":
        """Where the service's mails go: nowhere."""
        from runner.live.postbox import Postbox

        return self._postbox.get("server", lambda: self._until_the_end(Postbox(self.fence)))

    def issuer(self) -> "Issuer":
        """Who signs people in for a service that leaves that to another server."""
        from runner.live.issuer import Issuer

        return self._issuer.get("server", lambda: self._until_the_end(Issuer(self._readable("issuer"), self.fence)))

    def _until_the_end(self, listener: L) -> L:
        self._listening.callback(listener.close)
        return listener

    def stand_in(self, hosts: Sequence[re.Pattern[str]]) -> bool:
        """Is the run's own issuer found under these names by the run's processes? False where no fence allows it."""
        return self._issuer.get("named", lambda: self._stand_in(hosts))

    def _stand_in(self, hosts: Sequence[re.Pattern[str]]) -> bool:
        if self.fence.kind is not Kind.NAMESPACES:
            return False
        told = self._readable("names") / "resolv.conf"
        try:
            server = self.issuer().stand_in(hosts)
            told.write_text(f"nameserver {server}\noptions timeout:2 attempts:1\n", encoding="utf-8")
            told.chmod(0o644)
            self.fence.lay(RESOLVER, told)
        except (OSError, ProbeError):
            return False
        return True

    def trusting(self, bundles: Iterable[Path]) -> None:
        """Lists of authorities that packages bring along name the run's own, for its processes."""
        for bundle in bundles:
            with contextlib.suppress(ProbeError):  # then whoever reads that list alone trusts nobody new
                self.fence.lay(bundle, self.issuer().certificate)

    def _readable(self, prefix: str) -> Path:
        """A scratch folder that the service's processes may read, whoever they run as."""
        folder = self.scratch(prefix)
        folder.chmod(0o755)
        return folder

    def number(self) -> int:
        """A number that this run has not used: for names of databases, and Redis databases."""
        return next(self._numbers)

    def new_database(self, template: str | None = None, *, wanted: Sequence[Wanted] = ()) -> Database:
        return self.postgres(wanted).create(f"gonogo_{self.number()}", template)

    def admit(self, target: Target) -> Target:
        """The service as its processes will find it: what they write in its folder ends with the run."""
        return self._admitted.get(str(target.root), lambda: self._admit(target))

    def _admit(self, target: Target) -> Target:
        with recording(None):  # a copy of everything says nothing of what will be looked at
            let_in, made = self._let_in(target), image_folders(target.root, target.image)
            self.fence.make(made)
        if made:
            text_if_there(target.root, target.image)  # what it says is known to whoever looks at the service
        return let_in

    def _let_in(self, target: Target) -> Target:
        top = list(folders_above(target.root))[-1:] or [target.root]
        python = target.python
        shown = {python.parent.parent, python.resolve().parent.parent, *_linked(target.root)}
        root = self.fence.admit(target.root, top[0], sorted(shown))
        if root != target.root:
            self.copies[str(root)] = str(target.root)
        return replace(target, root=root)

    def scratch(self, prefix: str) -> Path:
        """A new empty folder that goes away with the run."""
        return Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=self.run_folder))

    def parts(self) -> dict[str, str]:
        """The versions of the servers that were started, for the run's record."""
        found = {}
        for name, once in (("PostgreSQL", self._postgres), ("Redis", self._redis)):
            if started := [one.version for one in once.made()]:
                found[name] = ", ".join(started)
        return found


def _linked(root: Path) -> Iterator[Path]:
    """Where the links at the top of a service's folder lead, as to an environment that several share."""
    for path in root.iterdir():
        if path.is_symlink() and path.exists():
            yield path.resolve()
