"""Where things stand: on a server, or in a folder of files."""

from __future__ import annotations

from typing import Protocol


class Links(Protocol):
    """Addresses of the pages and files of a site."""

    def home(self) -> str:
        """Return the address of the first page."""
        ...

    def cards(self) -> str:
        """Return the address of the list of all cards."""
        ...

    def card(self, id: str) -> str:
        """Return the address of one card."""
        ...

    def asset(self, name: str) -> str:
        """Return the address of a file of the look, such as icons/eye.svg."""
        ...

    def absolute(self, id: str) -> str:
        """Return the address of one card that holds everywhere, as far as it is known."""
        ...


class ServedLinks:
    """Addresses on a server below the path `base`; `public` is its own address, with that path or without, if known."""

    def __init__(self, base: str = "", public: str = "") -> None:
        self._base = base.rstrip("/")
        self._public = public.rstrip("/").removesuffix(self._base)
        self.check: str | None = f"{self._base}/check"
        self.ask = f"{self._base}/ask"

    def home(self) -> str:
        return f"{self._base}/"

    def cards(self) -> str:
        return f"{self._base}/c"

    def card(self, id: str) -> str:
        return f"{self._base}/c/{id}"

    def asset(self, name: str) -> str:
        return f"{self._base}/site/{name}"

    def absolute(self, id: str) -> str:
        return f"{self._public}{self.card(id)}"


class FileLinks:
    """Addresses in one flat folder of files, which a web host or a browser shows without a server of ours."""

    check: str | None = None  # an advertisement needs a server to be checked

    def home(self) -> str:
        return "index.html"

    cards = home

    def card(self, id: str) -> str:
        return f"{id}.html"

    def asset(self, name: str) -> str:
        return f"site/{name}"

    absolute = card
