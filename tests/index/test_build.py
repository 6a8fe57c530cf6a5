"""An index is built again when it is stale, and only what is new costs anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index.build import LOCK, build, is_stale
from index.corpus import load_corpus
from index.disk import ASIDE
from index.encoder import SentenceTransformerEncoder, Vectors
from index.errors import IndexFolderError
from index.manifest import MANIFEST
from index.memory import REMEMBERED
from index.store import BuiltIndex
from tests.conftest import CORPUS, SMALL
from tests.index.killing import KILLS
from tests.toy import ToyEncoder

ROOT = Path(__file__).parents[2]
HOLD = (
    "import sys; from filelock import FileLock; lock = FileLock(sys.argv[1]); lock.acquire(); print('held', flush=True); "
    "sys.stdin.read()"
)
FILL = 64 * 1024  # bytes; more than the small corpus's passages, less than these and its vectors
LARGEST = 48 * 1024  # bytes of one file; less than the small corpus's passages


class CountingEncoder(ToyEncoder):
    """Keeps the texts that it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: list[str]) -> Vectors:
        self.asked += texts
        return super().encode(texts)


def winter(draft: Path) -> None:
    """Put one way of asking another way."""
    file = draft / "claims" / "warm-ears.md"
    file.write_text(file.read_text(encoding="utf-8").replace("- winter ears", "- ears in winter"), encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte, in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_an_index_is_stale_from_any_edit_to_the_next_build(draft: Path, tmp_path: Path) -> None:
    """Missing, current, older than the corpus, current again."""
    built = tmp_path / "built"
    assert is_stale(draft, built) == f"there is no index in {built}"
    build(draft, built, ToyEncoder())
    assert is_stale(draft, built) is None
    winter(draft)
    assert is_stale(draft, built) == f"the index in {built} is older than the corpus"
    build(draft, built, ToyEncoder())
    assert is_stale(draft, built) is None


def test_a_harmed_manifest_is_stale(small_index: Path, tmp_path: Path) -> None:
    """It is built again rather than trusted."""
    (tmp_path / MANIFEST).write_bytes((small_index / MANIFEST).read_bytes()[:100])
    assert is_stale(tmp_path, tmp_path) == f"{tmp_path / MANIFEST} was altered or cut short"


def test_without_a_corpus_an_index_is_current(small_index: Path, tmp_path: Path) -> None:
    """A server that only serves needs no corpus."""
    assert is_stale(tmp_path / "nowhere", small_index) is None


def test_a_build_embeds_only_what_is_new(draft: Path, tmp_path: Path) -> None:
    """Of an edited card its one new text, of golden questions and advertisements nothing."""
    build(draft, tmp_path / "built", ToyEncoder())
    winter(draft)
    told: list[str] = []
    encoder = CountingEncoder()
    rows = len(build(draft, tmp_path / "built", encoder, told.append).rows)
    assert encoder.asked == ["ears in winter"]
    assert f"embedding 1 of {rows} texts with toy" in told
    build(draft, tmp_path / "built", encoder)
    assert encoder.asked == ["ears in winter"]


def test_an_edited_corpus_gives_the_bytes_of_a_build_from_nothing(draft: Path, tmp_path: Path) -> None:
    """Whatever the folder held before: every file of it, the remembered vectors and the manifest included."""
    build(draft, tmp_path / "built", ToyEncoder())
    winter(draft)
    build(draft, tmp_path / "built", ToyEncoder())
    build(draft, tmp_path / "fresh", ToyEncoder())
    assert contents(tmp_path / "built") == contents(tmp_path / "fresh")
    shutil.rmtree(draft)
    shutil.copytree(SMALL, draft)
    build(draft, tmp_path / "built", ToyEncoder())
    build(draft, tmp_path / "first", ToyEncoder())
    assert contents(tmp_path / "built") == contents(tmp_path / "first") != contents(tmp_path / "fresh")


@pytest.mark.model
def test_with_the_real_model_an_edit_gives_the_bytes_of_a_build_from_nothing(draft: Path, tmp_path: Path) -> None:
    """Bit by bit: no vector depends on what was embedded before it or beside it, nor any threshold."""
    build(draft, tmp_path / "built", SentenceTransformerEncoder())
    winter(draft)
    build(draft, tmp_path / "built", SentenceTransformerEncoder())
    build(draft, tmp_path / "fresh", SentenceTransformerEncoder())
    assert contents(tmp_path / "built") == contents(tmp_path / "fresh")


@pytest.mark.model
def test_the_real_model_gives_a_text_the_same_bits_in_any_company() -> None:
    """Texts of all lengths: alone, all together, and a few together in another order."""
    encoder = SentenceTransformerEncoder()
    cards = load_corpus(CORPUS).cards
    texts = sorted({text for card in cards for text in (*card.ways, card.in_short)}, key=lambda t: (len(t), t))[::20]
    alone = np.array([encoder.encode([text])[0] for text in texts])
    assert np.array_equal(encoder.encode(texts), alone)
    backwards = texts[::-1]
    few = [encoder.encode(backwards[start : start + 7]) for start in range(0, len(texts), 7)]
    assert np.array_equal(np.concatenate(few)[::-1], alone)


def test_a_build_keeps_no_vector_of_another_encoder(draft: Path, tmp_path: Path) -> None:
    """It says so in one line, and embeds all texts."""
    other = ToyEncoder()
    other.weights = "f" * 64
    rows = len(build(draft, tmp_path / "built", other).rows)
    told: list[str] = []
    build(draft, tmp_path / "built", ToyEncoder(), told.append)
    assert told[1:4] == [
        f"the vectors in {tmp_path / 'built'} were made in another way: embedding again what it held",
        f"the vectors in {tmp_path / 'built' / REMEMBERED} were made in another way: embedding again what it held",
        f"embedding {rows} of {rows} texts with toy",
    ]


@pytest.mark.parametrize(
    ("stem", "remedy"),
    [
        ("passages", "embedding"),
        ("vectors", "embedding"),
        ("remembered.vectors", "embedding"),
        ("remembered.probes", "fitting"),
        ("remembered.entries", "checking"),
        ("manifest", "embedding"),
    ],
)
def test_what_is_harmed_is_told_in_one_line_and_built_again(
    draft: Path, tmp_path: Path, stem: str, remedy: str
) -> None:
    """An old index that cannot be trusted, or what lies beside it, keeps nobody from a new one."""
    built = tmp_path / "built"
    build(draft, built, ToyEncoder())
    whole = contents(built)
    (file,) = built.glob(f"{stem}*")
    file.write_bytes(whole[file.name][:200])
    told: list[str] = []
    build(draft, built, ToyEncoder(), told.append)
    assert contents(built) == whole
    assert f"{file} was altered or cut short: {remedy} again what it held" in told


def test_a_build_tells_the_version_last(draft: Path, tmp_path: Path) -> None:
    """The same that every answer carries."""
    told: list[str] = []
    index = build(draft, tmp_path / "built", ToyEncoder(), told.append)
    assert told[0] == f"checking {draft}"
    assert told[-1] == f"wrote {tmp_path / 'built'} (corpus version {index.version})"


def test_a_build_that_is_killed_leaves_an_index_that_answers(draft: Path, tmp_path: Path) -> None:
    """At twenty random moments; what it leaves half written is gone after the next build."""
    winter(draft)
    built = tmp_path / "built"
    versions = {build(corpus, tmp_path / "fresh", ToyEncoder()).version for corpus in (draft, SMALL)}
    found = subprocess.run(
        [sys.executable, "-m", "tests.index.killing", str(built), str(draft), str(SMALL)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    answered = [line.split() for line in found.stdout.splitlines()]
    assert len(answered) == KILLS, found.stderr
    assert {outcome for _, outcome in answered} == {"answered"}
    assert {version for version, _ in answered} <= versions
    (built / f"{ASIDE}killed").write_bytes(b"half")
    build(SMALL, built, ToyEncoder())
    assert contents(built) == contents(tmp_path / "fresh")


def test_a_second_build_waits_and_says_so_until_the_first_has_ended_or_died(draft: Path, tmp_path: Path) -> None:
    """In one line; the lock goes with the process that held it, and a corpus edited meanwhile is read again."""
    built = tmp_path / "built"
    build(draft, built, ToyEncoder())
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(built / LOCK)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    told: list[str] = []
    waiting = threading.Event()

    def report(line: str) -> None:
        told.append(line)
        if "waiting" in line:
            waiting.set()

    second = threading.Thread(target=build, args=(draft, built, ToyEncoder(), report))
    second.start()
    assert waiting.wait(60)
    winter(draft)
    assert is_stale(draft, built)
    holder.kill()
    holder.communicate()
    second.join(60)
    assert told[:2] == [f"checking {draft}", f"another build is writing {built}: waiting for it"]
    assert is_stale(draft, built) is None


def test_two_builds_at_once_leave_one_whole_index(draft: Path, tmp_path: Path) -> None:
    """That of whichever came second."""
    winter(draft)
    built = tmp_path / "built"
    threads = [threading.Thread(target=build, args=(corpus, built, ToyEncoder())) for corpus in (SMALL, draft)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for corpus, name in ((SMALL, "one"), (draft, "other")):
        build(corpus, tmp_path / name, ToyEncoder())
    assert contents(built) in (contents(tmp_path / "one"), contents(tmp_path / "other"))


def test_on_a_full_disk_the_old_index_stays(draft: Path, small_disk: Path) -> None:
    """One line says why; with room again the build goes through."""
    built = small_disk / "built"
    build(draft, built, ToyEncoder())
    old = BuiltIndex.load(built).version
    room = os.statvfs(built)
    (small_disk / "filler").write_bytes(b"\0" * (room.f_bavail * room.f_frsize - FILL))
    winter(draft)
    with pytest.raises(IndexFolderError) as caught:
        build(draft, built, ToyEncoder())
    assert str(caught.value) == f"cannot write the index to {built}: No space left on device; the old index stays"
    assert BuiltIndex.load(built).version == old
    assert not list(built.glob(f"{ASIDE}*"))
    (small_disk / "filler").unlink()
    build(draft, built, ToyEncoder())
    assert is_stale(draft, built) is None


def test_a_read_only_folder_is_told_in_one_line(draft: Path, small_disk: Path) -> None:
    """Before anything is embedded, whether there is an index in it or not."""
    built = small_disk / "built"
    build(draft, built, ToyEncoder())
    before = contents(built)
    winter(draft)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    encoder = CountingEncoder()
    for folder in (built, small_disk / "new"):
        with pytest.raises(IndexFolderError) as caught:
            build(draft, folder, encoder)
        assert str(caught.value) == f"cannot write the index to {folder}: Read-only file system; the old index stays"
    assert encoder.asked == []
    assert contents(built) == before


def test_a_file_that_may_not_grow_so_large_leaves_the_old_index(draft: Path, tmp_path: Path) -> None:
    """Where nothing can be mounted this stands for a full disk; the command says it in one line."""
    built = tmp_path / "built"
    build(draft, built, ToyEncoder())
    old = BuiltIndex.load(built).version
    winter(draft)
    program = (
        "import resource, sys; from pathlib import Path; from index.build import build; from tests.toy import ToyEncoder; "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({LARGEST}, {LARGEST})); "
        "build(Path(sys.argv[1]), Path(sys.argv[2]), ToyEncoder())"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, str(draft), str(built)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.stderr.splitlines()[-1] == (
        f"index.errors.IndexFolderError: cannot write the index to {built}: File too large; the old index stays"
    )
    assert BuiltIndex.load(built).version == old
    assert not list(built.glob(f"{ASIDE}*"))
