"""Replicas in a Ray cluster answer behind the same routes, and none that ends takes an answer with it."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.options import add_options
from app.replica import IndexCopy
from index.answer import Explainer
from index.build import build
from index.contract import answer_json, findings_json
from index.errors import IndexFolderError
from tests.app.child import FAILING, PATIENCE, ROOT, Child, child
from tests.app.conftest import MANY
from tests.conftest import SMALL
from tests.toy import ToyEncoder

grpc = pytest.importorskip("grpc", reason="Ray is missing: install the extra 'ray'")
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is missing: install the extra 'ray'"
)

ADVERT = "Sleep up to three times as long with the quiet hat. Order today."
SECRET = "xylophone"
LISTENS, LOOPBACK = "0A", "0100007F"  # the state of a socket in /proc/net/tcp, and 127.0.0.1 there
Answers = dict[str, dict[str, Any]]  # question, and its answer


@dataclass
class Site:
    """A server whose answers come from two replicas, and what it is made of."""

    child: Child
    draft: Path
    built: Path
    ray: Path

    def get(self, path: str, **params: str) -> httpx.Response:
        """Return what it answers."""
        return httpx.get(f"{self.child.address}{path}", params=params, timeout=PATIENCE)

    def processes(self) -> dict[int, str]:
        """Return all that it has started, by their numbers, with their names."""
        parents, names = {}, {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                status = (folder / "stat").read_text().rpartition(")")[2].split()
                if status[0] != "Z":
                    parents[int(folder.name)] = int(status[1])
                    names[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        found: dict[int, str] = {}
        new = {self.child.process.pid}
        while new:
            found.update((number, names[number]) for number in new)
            new = {number for number, parent in parents.items() if parent in new}
        return found

    def replicas(self, version: str = "") -> set[int]:
        """Return the numbers of the processes that answer, or of those that answer for one corpus version."""
        start = f"ray::ServeReplica:explainer-{version}"
        return {number for number, name in self.processes().items() if name.startswith(start)}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server over a copy of the small corpus, with a Ray cluster of its own."""
    folder = tmp_path_factory.mktemp("ray")
    draft = Path(shutil.copytree(SMALL, folder / "draft"))
    build(draft, folder / "built", ToyEncoder())
    settings = {"ray": "local", "ray_replicas": [2, 2], "per_address": MANY, "per_site": MANY}
    with tempfile.TemporaryDirectory(prefix="ray") as ray, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_TMPDIR", ray)  # short, since sockets lie in it
        with child(folder / "built", folder / "errors", **settings) as found:
            yield Site(found, draft, folder / "built", Path(ray))


def answers(built: Path) -> tuple[str, Answers]:
    """Return the version of an index, and what it answers in one process."""
    explainer = Explainer.load(built, ToyEncoder())
    questions = [question.text for question in explainer.corpus.questions if any(map(str.isalnum, question.text))]
    questions += ["the hat is choking me, cannot breathe", "<b>warm ears</b> 50% & more?", "ears ☃ \u202e"]
    return explainer.version, {question: answer_json(explainer.ask(question)) for question in questions}


def until(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it has not come true"
        time.sleep(0.1)


@dataclass
class Crowd:
    """Readers who ask without pause, and what was answered that none of `right`, by version, would answer."""

    right: dict[str, Answers]
    count: int = 0
    seen: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def asking(self, address: str, readers: int = 6) -> Iterator[None]:
        """Ask until the end of the block."""
        done = threading.Event()

        def ask() -> None:
            questions = [*next(iter(self.right.values()))]
            with httpx.Client(base_url=address, timeout=PATIENCE) as client:
                while not done.is_set():
                    question = questions[self.count % len(questions)]
                    self.count += 1
                    response = client.get("/api/ask", params={"q": question})
                    version = response.json().get("version", "")
                    self.seen.add(version)
                    if response.status_code != 200 or response.json() != self.right[version][question]:
                        self.wrong.append(f"{response.status_code} {question}: {response.text[:200]}")

        threads = [threading.Thread(target=ask) for _ in range(readers)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            done.set()
            for thread in threads:
                thread.join()

    def more(self, count: int = 200) -> None:
        """Wait until so many more were asked."""
        asked = self.count
        until(lambda: self.count >= asked + count)


def test_every_answer_is_what_one_process_answers(site: Site) -> None:
    """Golden questions, a safety card, a pasted advertisement, and what is too long."""
    _, right = answers(site.built)
    assert {question: site.get("/api/ask", q=question).json() for question in right} == right
    assert {answer["outcome"] for answer in right.values()} >= {"answered", "nothing"}
    assert any(answer["safety"] for answer in right.values())
    small = Explainer.load(site.built, ToyEncoder())
    checked = httpx.post(f"{site.child.address}/api/check", json={"text": ADVERT}, timeout=PATIENCE)
    assert checked.json() == findings_json(small.check_text(ADVERT))
    assert checked.json()["findings"] != []
    assert site.get("/api/ask", q="a" * 2_001).status_code == 413
    assert site.get("/ready").status_code == 200


def test_a_killed_replica_takes_no_answer_with_it(site: Site) -> None:
    """Others answer what it was asked; another takes its place, even where its index is no longer in the folder."""
    version, right = answers(site.built)
    crowd = Crowd({version: right})
    manifest = (site.built / "manifest.json").read_bytes()
    with crowd.asking(site.child.address):
        crowd.more()
        (site.built / "manifest.json").write_bytes(manifest[:-100])
        until(lambda: "trouble" in site.get("/health").json())
        before = site.replicas()
        os.kill(min(before), signal.SIGKILL)
        crowd.more()
        until(lambda: len(site.replicas() - before) == 1 and len(site.replicas()) == 2)
        crowd.more()
    assert crowd.wrong == []
    assert crowd.seen == {version}
    (site.built / "manifest.json").write_bytes(manifest)
    until(lambda: "trouble" not in site.get("/health").json())


def test_a_new_index_is_shown_without_a_failed_or_mixed_answer(site: Site) -> None:
    """Its own replicas answer for it; those of the old one end when nobody can still wait for them."""
    old, right = answers(site.built)
    crowd = Crowd({old: right})
    file = site.draft / "claims" / "warm-ears.md"
    file.write_text(file.read_text(encoding="utf-8").replace("Yes. In one", "Yes, yes. In one", 1), encoding="utf-8")
    build(site.draft, site.built.with_name("next"), ToyEncoder())
    new, crowd.right[new] = answers(site.built.with_name("next"))
    assert new != old
    with crowd.asking(site.child.address):
        crowd.more()
        build(site.draft, site.built, ToyEncoder())
        until(lambda: new in crowd.seen)
        assert site.get("/health").json()["version"] == new
        until(lambda: not site.replicas(old))
        crowd.more()
    assert crowd.wrong == []
    assert crowd.seen == {old, new}
    assert len(site.replicas(new)) == 2


def test_no_word_of_a_question_is_written_down(site: Site) -> None:
    """Neither by the server nor by Ray, and not of a question that cannot be answered either."""
    failed = site.get("/api/ask", q=f"{SECRET} {FAILING}")
    assert failed.status_code == 500
    assert site.get("/api/ask", q=f"is a {SECRET} warm").status_code == 200
    lines = [json.loads(line) for line in site.child.lines]
    [told] = [line for line in lines if "could not be answered" in line["message"]]
    assert told["error"] == "RuntimeError"
    files = [file for file in site.ray.rglob("*") if file.is_file()]
    written = {file: file.read_bytes() for file in [site.child.errors, *files]}
    assert [file for file, content in written.items() if SECRET.encode() in content] == []
    assert [file for file, content in written.items() if b"ServeReplica:explainer-" in content] != []


def test_what_is_started_here_lets_nobody_else_in(site: Site) -> None:
    """Whoever can talk to a Ray cluster can run programs in it.

    All of it listens on this machine alone, but for one socket of each replica, where Ray Serve
    leaves no choice; there nobody is heard who does not know the secret of this cluster.
    """
    sockets = set()
    for number in site.processes():
        for handle in Path(f"/proc/{number}/fd").glob("*"):
            with contextlib.suppress(OSError):
                sockets.add(os.readlink(handle))
    elsewhere = []
    for family in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{family}").read_text(encoding="ascii").splitlines()[1:]:
            place, state, inode = (line.split()[column] for column in (1, 3, 9))
            address, _, port = place.partition(":")
            if state == LISTENS and f"socket:[{inode}]" in sockets and not address.endswith(LOOPBACK):
                elsewhere.append(int(port, 16))
    assert len(elsewhere) == len(site.replicas()) == 2
    for port in elsewhere:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            call = channel.unary_unary("/ray.serve.ASGIService/HandleRequest")
            with pytest.raises(grpc.RpcError) as refused:
                call(b"", timeout=PATIENCE)
        assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_a_server_that_stops_leaves_nothing_running(site: Site) -> None:
    """The last of these tests: the cluster that it started ends with it."""
    started = site.processes()
    assert any("raylet" in name for name in started.values())
    site.child.process.terminate()
    assert site.child.process.wait(PATIENCE) == 0
    until(lambda: not any(Path(f"/proc/{number}").exists() for number in started))


def test_an_index_too_large_to_be_handed_out_is_read_from_its_folder(small_index: Path, tmp_path: Path) -> None:
    """A replica that starts when another index is there refuses it."""
    folder = Path(shutil.copytree(small_index, tmp_path / "built"))
    copy = IndexCopy.of(folder, by_value=1_000)
    assert copy.files == {}
    assert copy.encoder == ()

    def load(folder: Path) -> Explainer:
        return Explainer.load(folder, ToyEncoder())

    assert copy.loaded(load).version == copy.version
    whole = IndexCopy.of(folder)
    shutil.copytree(SMALL, tmp_path / "draft")
    file = tmp_path / "draft" / "claims" / "warm-ears.md"
    file.write_text(file.read_text(encoding="utf-8").replace("Yes. In one", "Yes, yes. In one", 1), encoding="utf-8")
    build(tmp_path / "draft", folder, ToyEncoder())
    with pytest.raises(IndexFolderError, match="was built again meanwhile"):
        copy.loaded(load)
    assert whole.loaded(load).version == whole.version == copy.version
    assert whole.name == copy.name


@pytest.mark.parametrize(("text", "read"), [("3", (3, 3)), ("2-8", (2, 8)), ("1-1000", (1, 1_000))])
def test_replicas_are_one_number_or_two(text: str, read: tuple[int, int]) -> None:
    """As many as there always are, or from how few to how many."""
    parser = argparse.ArgumentParser()
    add_options(parser)
    assert parser.parse_args(["--ray-replicas", text]).ray_replicas == read


@pytest.mark.parametrize("text", ["0", "8-2", "-2", "2-", "1-1001", "many"])
def test_replicas_that_make_no_sense_are_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In one line, which says what is needed."""
    parser = argparse.ArgumentParser()
    add_options(parser)
    with pytest.raises(SystemExit):
        parser.parse_args([f"--ray-replicas={text}"])
    assert "replicas are a number from 1 to 1000, or two such as 2-8" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["ray://127.0.0.1:10001", "127.0.0.1:1"])
def test_a_cluster_that_cannot_be_joined_is_told_in_one_line(address: str, tmp_path: Path) -> None:
    """At the start, with what to do."""
    program = f"from index.cluster import joined\nwith joined({address!r}): pass"
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert found.returncode == 1
    assert "SettingsError: " in found.stderr.splitlines()[-1]
