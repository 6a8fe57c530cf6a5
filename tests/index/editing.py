"""Editors who make mistakes: random edits of a corpus, and the way back to where it was sound."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

_WORD = re.compile(rb"[\w%.-]+")
_NUMBER = re.compile(rb"\d+")
_SPOILT = (b"\r", b"\xff", b"\xe2\x80\x8b", b"\n---\n", b"\n  x: 1\n", b"&a ", b" one in ten, proven ")


class Editor:
    """Changes the files of a corpus at random; the same seed makes the same edits."""

    def __init__(self, corpus: Path, seed: int) -> None:
        self._corpus = corpus
        self._chance = Random(seed)
        self._sound = self._files()

    def edit(self) -> None:
        """Make one edit, or a few at once."""
        edits = (
            *(self._word, self._word, self._id, self._number, self._line_out, self._line_moved, self._line_twice),
            *(self._renamed, self._renamed_everywhere, self._deleted, self._copied, self._linked, self._spoilt),
            *(self._blank_line, self._list_word),
        )
        for _ in range(self._chance.choice((1, 1, 1, 2, 4))):
            self._chance.choice(edits)()

    def keep(self) -> None:
        """Take what stands there now for what is sound."""
        self._sound = self._files()

    def undo(self) -> None:
        """Put everything back as it stood when it was sound."""
        for file in self._corpus.rglob("*"):
            if file.is_file() or file.is_symlink():
                file.unlink()
        for name, content in self._sound.items():
            (self._corpus / name).write_bytes(content)

    def _files(self) -> dict[str, bytes]:
        return {file.relative_to(self._corpus).as_posix(): file.read_bytes() for file in self._all()}

    def _all(self, pattern: str = "**/*") -> list[Path]:
        return sorted(file for file in self._corpus.glob(pattern) if file.is_file())

    def _any(self, pattern: str = "*/*.md") -> Path:
        return self._chance.choice(self._all(pattern) or self._all())

    def _word(self) -> None:
        """Put a word of one file in the place of a word of another."""
        self._replace(
            self._any(), _WORD, self._chance.choice(_WORD.findall(self._any("**/*").read_bytes()) or [b"felt"])
        )

    def _list_word(self) -> None:
        self._replace(
            self._any("*.yaml"), _WORD, self._chance.choice(_WORD.findall(self._any().read_bytes()) or [b"wool"])
        )

    def _id(self) -> None:
        """Let an entry name another in the place of a third."""
        ids = [file.stem.encode() for file in self._all("*/*.md")]
        self._replace(self._any("**/*"), re.compile(b"|".join(ids) or b"hat"), self._chance.choice(ids or [b"cap"]))

    def _number(self) -> None:
        self._replace(self._any(), _NUMBER, b"%d" % self._chance.randrange(50))

    def _replace(self, file: Path, what: re.Pattern[bytes], by: bytes) -> None:
        text = file.read_bytes()
        places = list(what.finditer(text))
        if places:
            place = self._chance.choice(places)
            file.write_bytes(text[: place.start()] + by + text[place.end() :])

    def _line_out(self) -> None:
        file, lines, place = self._line(self._any("**/*"))
        file.write_bytes(b"".join(lines[:place] + lines[place + 1 :]))

    def _line_twice(self) -> None:
        file, lines, place = self._line(self._any("**/*"))
        file.write_bytes(b"".join(lines[: place + 1] + lines[place:]))

    def _line_moved(self) -> None:
        """Let a line of one file, such as a way people ask, stand in another too."""
        _, others, other = self._line(self._any("**/*"))
        file, lines, place = self._line(self._any())
        file.write_bytes(b"".join(lines[:place] + others[other : other + 1] + lines[place:]))

    def _line(self, file: Path) -> tuple[Path, list[bytes], int]:
        lines = file.read_bytes().splitlines(keepends=True)
        return file, lines, self._chance.randrange(len(lines) + 1)

    def _blank_line(self) -> None:
        file = self._any("**/*")
        file.write_bytes(file.read_bytes() + b"\n")

    def _spoilt(self) -> None:
        file = self._any("**/*")
        text = file.read_bytes()
        place = self._chance.randrange(len(text) + 1)
        file.write_bytes(text[:place] + self._chance.choice(_SPOILT) + text[place:])

    def _renamed(self) -> None:
        file = self._any()
        file.rename(self._other_name(file))

    def _copied(self) -> None:
        """An entry begun from another; also as a topic of the same name as a claim."""
        file = self._any()
        content = file.read_bytes()
        self._other_name(file).write_bytes(content)

    def _other_name(self, file: Path) -> Path:
        group = self._chance.choice((file.parent.name, "claims", "topics", "evidence"))
        name = self._chance.choice((file.name, f"new-{file.name}", file.name.capitalize(), self._any().name))
        return self._corpus / group / name

    def _renamed_everywhere(self) -> None:
        """A new id, and all who name it say so."""
        old, new = self._any(), f"n{self._chance.randrange(100)}"
        for file in self._all():
            file.write_bytes(re.sub(rb"(?<![\w-])%s(?![\w-])" % old.stem.encode(), new.encode(), file.read_bytes()))
        if old.parent != self._corpus:
            old.rename(old.with_name(f"{new}.md"))

    def _deleted(self) -> None:
        self._any(self._chance.choice(("*/*.md", "*/*.md", "**/*"))).unlink()

    def _linked(self) -> None:
        """The same bytes, but not the file itself."""
        file = self._any("**/*")
        aside = self._chance.choice((self._corpus.parent, self._corpus)) / f".{file.name}"
        file.replace(aside)
        file.symlink_to(aside)
