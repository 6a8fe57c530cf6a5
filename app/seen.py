"""What was seen of a page that embeds us, as facts without an opinion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import quote, urljoin, urlsplit

Form: TypeAlias = Literal["script", "inline", "frame"]  # a button of the loader's, its frame in the page, a plain frame
State: TypeAlias = Literal["ready", "refused", "silent", "none"]  # refused by the browser, or none was opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One element of the page that puts us on it, with the attributes that matter; empty where it has none."""

    form: Form
    url: str
    site: str
    integrity: str = ""
    crossorigin: bool = False
    kind: str = ""
    title: str = ""

    @property
    def origin(self) -> str:
        """The scheme, host and port of our server."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def base(self) -> str:
        """The address of our server, which may stand under a path."""
        return urljoin(self.url, "../")

    @property
    def version(self) -> str:
        """What the loader's file is called, as v1 or 1.0.0."""
        return urlsplit(self.url).path.rpartition("/")[2].removesuffix(".js")

    @property
    def embed(self) -> str:
        """The address of the page in the frame."""
        return f"{self.base}embed/{quote(self.site, safe='')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What our server answers for the page in the frame; `ancestors` is None where nothing says who may frame it."""

    status: int
    ours: bool
    ancestors: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """Something of ours that a policy of the page is against; `policy` is all of its text."""

    directive: str
    policy: str
    enforced: bool
    in_meta: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """How an element stands on a page of `window` pixels' width; `over` names what covers it."""

    what: str
    window: int
    visible: bool
    inside: bool
    over: str
    opacity: float
    scale: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What the keyboard did: Tab, Enter, Escape; only the first where nothing opens."""

    reached: bool
    opened: bool = False
    closed: bool = False
    returned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """The computed colours of a text and of what it stands on, as CSS writes them."""

    what: str
    scheme: str
    ink: str
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a reader sees of an answer in the frame; `bare` are passages without a label in sight."""

    passages: int
    bare: int
    interest: bool
    promise: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that was seen of a page; None is what could not be looked at.

    `origin` is the page's own once it had settled, `others` are sites that other lines name, `before`
    the addresses asked for because of us before anything was opened, `frame` what became of ours,
    `elsewhere` the hosts that it asked, other than ours.
    """

    url: str
    origin: str
    line: Line | None
    others: tuple[str, ...] = ()
    served: Served | None = None
    policies: int = 0
    ran: bool = False
    before: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()
    frame: State = "none"
    spots: tuple[Spot, ...] = ()
    keys: Keys | None = None
    colours: tuple[Colours, ...] = ()
    shown: Shown | None = None
    kept: tuple[str, ...] | None = None
    elsewhere: tuple[str, ...] | None = None

    @property
    def stopped(self) -> bool:
        """Whether a policy of the page stops something of ours."""
        return any(violation.enforced for violation in self.violations)

    @property
    def unserved(self) -> str:
        """Why the server has nothing for this site; empty if it has."""
        if self.served is None:
            return "the server does not answer"
        if self.served.status == 404:
            return "the server does not know the site"
        if self.served.status == 503 and self.served.ours:
            return "the site is paused"
        if self.served.status >= 400:
            return f"the server answers with status {self.served.status}"
        return "" if self.served.ours else "what answers is not our page"

    @property
    def why_not(self) -> str:
        """Why there is no answer of ours to look into; empty if there may be one."""
        if self.line is None:
            return "there is no line of ours"
        if not self.line.site:
            return "the line names no site"
        if self.unserved:
            return self.unserved
        if self.frame == "ready":
            return ""
        if self.stopped:
            return "the page's policy stops us"
        return "the frame did not open" if self.ran else "the loader did not run"
