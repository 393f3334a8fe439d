"""What can a process of a run reach, and where can it write? With real processes, under each kind of fence."""

import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.discovery.image_folders import folders_in
from runner.discovery.target import Target
from runner.errors import ProbeError
from runner.live.workshop import Workshop
from runner.processes.fence import Fence, Kind, make_fence
from runner.processes.process import Reach
from runner.processes.ran import Ran

PYTHON = Path(sys.executable)


@pytest.fixture(params=["namespaces", "landlock"])
def fenced(request: pytest.FixtureRequest) -> Iterator[Workshop]:
    with Workshop(request.param) as workshop:
        if workshop.fence.kind is Kind.NONE:
            pytest.skip(workshop.fence.why)
        yield workshop


def python(workshop: Workshop, code: str, cwd: Path | None = None) -> Ran:
    argv = [sys.executable, "-c", code]
    return workshop.runner.run(argv, cwd=cwd or workshop.run_folder, env={"PATH": "/usr/bin:/bin"}, timeout=30)


def test_a_server_of_somebody_else_is_not_reached(fenced: Workshop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ran = python(fenced, f"import socket; socket.create_connection(('127.0.0.1', {port}), 3)")
        assert ran.code != 0
        assert "refused" in ran.err or "Permission denied" in ran.err
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_socket_file_of_somebody_else_is_not_reached(fenced: Workshop, tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        ran = python(fenced, f"import socket; socket.socket(socket.AF_UNIX).connect({str(path)!r})")
        assert ran.code != 0


def test_a_datagram_does_not_leave(fenced: Workshop) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        where = ("127.0.0.1", server.getsockname()[1])
        python(fenced, f"import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', {where})")
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.recv(10)


def test_what_the_run_opened_is_reached(fenced: Workshop) -> None:
    with fenced.fence.listen("127.0.0.1") as server:
        port = server.getsockname()[1]
        ran = python(fenced, f"import socket; socket.create_connection(('127.0.0.1', {port}), 3)")
        assert ran.code == 0, ran.err


def test_writes_into_the_services_folder_end_with_the_run(fenced: Workshop, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    target = fenced.admit(Target(root=tmp_path, python=PYTHON))
    code = "open('kept.txt', 'w').write('theirs'); open('new.txt', 'w').write('x'); print(open('kept.txt').read())"
    ran = python(fenced, code, target.root)
    assert (ran.code, ran.out.strip()) == (0, "theirs"), ran.err
    assert (tmp_path / "kept.txt").read_text() == "mine"
    assert not (tmp_path / "new.txt").exists()
    assert (fenced.fence.view(target.root) / "new.txt").read_text() == "x"


@pytest.mark.parametrize("place", ["/etc/gonogo-was-here", "/var/lib/gonogo-was-here", "/tmp/gonogo-was-here"])
def test_nothing_is_written_elsewhere(fenced: Workshop, place: str) -> None:
    python(fenced, f"open({place!r}, 'w').write('x')")
    assert not Path(place).exists()


def test_home_is_left_alone(fenced: Workshop) -> None:
    python(fenced, "from pathlib import Path; (Path.home() / '.gonogo-was-here').write_text('x')")
    assert not (Path.home() / ".gonogo-was-here").exists()


def test_where_there_is_no_fence_nothing_of_the_services_is_run() -> None:
    with Workshop("none") as workshop:
        with pytest.raises(ProbeError, match=r"for your safety.*--trust-settings"):
            python(workshop, "print(1)")
        ours = workshop.runner.run(
            [sys.executable, "-c", "print(1)"], cwd=workshop.run_folder, env={}, timeout=30, reach=Reach.OWN
        )
        assert ours.out == "1\n"


def test_somebody_may_trust_the_settings() -> None:
    with Workshop("none", trusted=True) as workshop:
        assert workshop.fence.kind is Kind.TRUSTED
        assert python(workshop, "print(1)").out == "1\n"


def test_a_fence_that_is_gone_is_problem_not_freedom(tmp_path: Path) -> None:
    fence = make_fence(tmp_path)
    if fence.kind is not Kind.NAMESPACES:
        pytest.skip("only namespaces have a holder")
    fence.close()
    with pytest.raises(ProbeError, match="fence is gone"):
        fence.new_socket()


def test_the_best_kind_is_taken(tmp_path: Path) -> None:
    fence: Fence = make_fence(tmp_path)
    try:
        assert fence.kind in (Kind.NAMESPACES, Kind.LANDLOCK), fence.why
    finally:
        fence.close()


IMAGE = """FROM python:3.12
ARG HOME_OF
WORKDIR /gonogo-shop
RUN groupadd app && mkdir -p -m 755 logs /var/lib/gonogo-shop/files && install -d -o app /opt/gonogo-shop
RUN mkdir $HOME_OF /proc/nothing /usr/lib/nothing
VOLUME ["/gonogo-data"]
FROM python:3.12-slim
WORKDIR srv
"""
MADE = ["/gonogo-shop", "/gonogo-shop/logs", "/var/lib/gonogo-shop/files", "/opt/gonogo-shop", "/gonogo-data"]


def test_an_image_says_which_folders_it_has() -> None:
    assert list(folders_in(IMAGE)) == [*MADE[:4], "/proc/nothing", "/usr/lib/nothing", MADE[4], "/srv"]


def test_folders_of_the_image_are_there_for_the_run_alone(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(IMAGE)
    (tmp_path / "kept.txt").write_text("mine")
    with Workshop("namespaces") as workshop:
        if workshop.fence.kind is Kind.NONE:
            pytest.skip(workshop.fence.why)
        target = workshop.admit(Target(root=tmp_path, python=PYTHON))
        code = f"""
import os, socket, subprocess, sys, tempfile
for folder in {MADE!r}:
    with open(folder + "/app.log", "w") as file:
        file.write("x")
open("kept.txt", "w").write("theirs")
print(open("/gonogo-shop/logs/app.log").read(), os.listdir("/gonogo-data"), os.path.exists("/usr/lib/nothing"))
for place in ("/etc/gonogo-was-here", "/var/log/gonogo-was-here", "/usr/gonogo-was-here"):
    try:
        open(place, "w")
        print("wrote", place)
    except OSError:
        pass
tempfile.mkdtemp()
subprocess.run([sys.executable, "-c", "import json"], check=True)
"""
        ran = python(workshop, code, target.root)
        assert (ran.code, ran.out.strip()) == (0, "x ['app.log'] False"), ran.err
        assert (workshop.fence.view(Path("/gonogo-data")) / "app.log").read_text() == "x"
        assert (workshop.fence.view(target.root) / "kept.txt").read_text() == "theirs"
        with workshop.fence.listen("127.0.0.1") as server:
            port = server.getsockname()[1]
            ran = python(workshop, f"import socket; socket.create_connection(('127.0.0.1', {port}), 3)")
            assert ran.code == 0, ran.err
    assert (tmp_path / "kept.txt").read_text() == "mine"
    assert not [one for one in MADE if Path(one).exists()]


ASKS = """
import json, ssl, sys, urllib.request
told = urllib.request.urlopen("https://keys.shop.example/.well-known/jwks.json", timeout=9).read()
print(json.loads(told)["keys"][0]["kid"])
for host in ("other.shop.example", "example.com"):
    try:
        urllib.request.urlopen(f"https://{host}/", timeout=9)
    except OSError as error:
        print(error)
"""


def test_an_issuer_is_found_by_its_own_name_where_the_run_has_a_network(fenced: Workshop) -> None:
    found = fenced.stand_in([re.compile(r"keys\.shop\.example\Z")])
    assert found is (fenced.fence.kind is Kind.NAMESPACES)
    if not found:
        return
    env = {"PATH": "/usr/bin:/bin", "SSL_CERT_FILE": str(fenced.issuer().certificate)}
    ran = fenced.runner.run([sys.executable, "-c", ASKS], cwd=fenced.run_folder, env=env, timeout=30)
    assert ran.out.splitlines()[:1] == ["gonogo"], ran.err
    assert ran.out.count("name resolution") == 2
    assert fenced.issuer().asked == ["https://keys.shop.example/.well-known/jwks.json"]
    assert fenced.issuer().names()[0] == "https://keys.shop.example"


def test_a_list_of_authorities_names_the_run_s_own(fenced: Workshop) -> None:
    bundle = fenced.run_folder / "cacert.pem"
    bundle.write_text("of the package")
    fenced.trusting([bundle, fenced.run_folder / "there is none" / "cacert.pem"])
    ran = python(fenced, f"print(open({str(bundle)!r}).read())")
    own = fenced.issuer().certificate.read_text() if fenced.fence.kind is Kind.NAMESPACES else "of the package"
    assert ran.out.strip() == own.strip()
    assert bundle.read_text() == "of the package"
