"""Whether a page that embeds us shows us as it should: one finding for each thing that can go wrong there."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.check import Check, few, skipped
from app.check_use import answer, by_keyboard, colours_apart, in_sight, other_hosts, storage
from app.page_policy import addition
from app.seen import Line, Seen
from app.visit import visit
from app.widget import MAJOR, integrity, newest, script, versions
from index.errors import PageError

if TYPE_CHECKING:
    from app.chromium import Chromium

_STRENGTH = ("sha256", "sha384", "sha512")  # a browser goes by the strongest that is there
_MOVING = f"v{MAJOR}"
_LOCAL = ("localhost", "127.0.0.1")  # where the file of sites takes http:// as well


def check_embed(browser: Chromium, url: str, *, site: str = "", seconds: float) -> tuple[Check, ...]:
    """Open a page that embeds us and return a Check for each thing that matters there.

    `site` is the one that the page should name; `seconds` is the most that each step may take.
    Raises PageError if the page cannot be opened.
    """
    return judge(visit(browser, web_address(url), site=site, seconds=seconds), site)


def web_address(url: str) -> str:
    """Return an address of the web. Raises PageError for any other."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("https", "http") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise PageError(f"a page's address must begin with https:// or http://: {url!r}")
    return url


def judge(seen: Seen, site: str = "") -> tuple[Check, ...]:
    """Return what is to be said of a page that was visited; a fault is told once, where it can be mended."""
    return (
        _loader(seen, site),
        _server(seen),
        _before(seen),
        _framing(seen),
        _policy(seen),
        in_sight(seen),
        by_keyboard(seen),
        *answer(seen),
        colours_apart(seen),
        storage(seen),
        other_hosts(seen),
        skipped("server-away", "the server is left as it is"),
    )


def _loader(seen: Seen, site: str) -> Check:
    name, line = "loader", seen.line
    if line is None:
        paste = f"put on the page what 'explainer widget-snippet {site or 'ID'}' prints"
        if not seen.others:
            return Check(name=name, state="fail", found="no line of ours is on the page", do=paste)
        named = ", ".join(map(repr, seen.others))
        return Check(name=name, state="fail", found=f"the page names the site {named}, not {site!r}", do=paste)
    where = f"of {line.origin}, site {line.site!r}"
    if line.form == "frame":
        if line.title:
            return Check(name=name, state="ok", found=f"a plain frame {where}")
        return Check(
            name=name,
            state="warn",
            found=f"a plain frame {where}, without a title",
            do="give it the title that 'explainer widget-snippet' prints, for readers who listen",
        )
    what = f"{'in the page, ' if line.form == 'inline' else ''}version {line.version} {where}"
    fault = _fault(line, seen.ran)
    if fault is None and not (seen.ran or seen.stopped or seen.unserved):
        fault = "it did not run", "see the browser's console for what stops it"
    if fault:
        return Check(name=name, state="warn" if seen.ran else "fail", found=f"{what}: {fault[0]}", do=fault[1])
    return Check(name=name, state="ok", found=f"{what}{', with its hash' if line.integrity else ''}")


def _fault(line: Line, ran: bool) -> tuple[str, str] | None:
    """Return what is wrong with a line of the loader, and what to do."""
    if not line.site:
        return "it names no site", 'give it data-site="ID"'
    if line.kind not in ("", "text/javascript"):
        return f"browsers do not run it with the type {line.kind!r}", "remove the type, or see who set it"
    if line.version not in (_MOVING, *versions()):
        return "it is no version that we know", f"use {_MOVING}.js, or {newest()}.js with its hash"
    if not line.integrity:
        return None
    if line.version == _MOVING:
        return "its hash will be wrong with our next version", f"name the version, {newest()}.js, or leave out the hash"
    content = script(line.version)
    if not _is_hash_of(content, line.integrity):
        return "its hash is not that of what we released", f'write integrity="{integrity(content)}"'
    if not (line.crossorigin or ran):
        return "with a hash, browsers want one attribute more", 'add crossorigin="anonymous"'
    return None


def _is_hash_of(content: bytes, said: str) -> bool:
    """Say whether a browser takes a file for the one that `said` describes (W3C Subresource Integrity)."""
    hashes = [part.split("?")[0].partition("-")[::2] for part in said.split()]
    strongest = max((how for how, _ in hashes if how in _STRENGTH), key=_STRENGTH.index, default="")
    if not strongest:
        return True  # nothing that a browser understands is nothing to it
    wanted = base64.b64encode(hashlib.new(strongest, content).digest()).decode()
    return any((how, found) == (strongest, wanted) for how, found in hashes)


def _server(seen: Seen) -> Check:
    name, line = "server", seen.line
    if line is None or not line.site:
        return skipped(name, seen.why_not)
    reason = seen.unserved
    if not reason:
        return Check(name=name, state="ok", found=f"it has a page for the site {line.site!r}")
    do = f"open {line.embed} and see what is there"
    if seen.served is None:
        do = f"see that the server runs, and that {line.origin} is its address"
    elif seen.served.status == 404:
        do = f"add the site {line.site!r} to the file of sites, or mend the line's ID"
    elif seen.served.status == 503 and seen.served.ours:
        do = f"take 'paused: true' from the site {line.site!r} in the file of sites, if it should be shown"
    return Check(name=name, state="fail", found=reason, do=do)


def _before(seen: Seen) -> Check:
    name = "before-opening"
    if seen.line is None or not seen.ran:
        return skipped(name, seen.why_not or "the loader did not run")
    if seen.line.form != "script":
        return skipped(name, "the frame is part of the page")
    if not seen.before:
        return Check(name=name, state="ok", found="nobody is asked for anything")
    return Check(
        name=name,
        state="fail",
        found=f"because of us the page asks {few(urlsplit(url).netloc for url in seen.before)}",
        do="see who changed the loader; ours asks nobody",
    )


def _framing(seen: Seen) -> Check:
    name, line, served = "framing", seen.line, seen.served
    if line is None or served is None or not served.ours or served.status == 404:
        return skipped(name, seen.why_not)
    if served.ancestors is None:
        return Check(
            name=name,
            state="warn",
            found="any page may frame us: the answer has no frame-ancestors",
            do="see that the proxy before our server passes on content-security-policy",
        )
    if seen.frame == "ready":
        return Check(name=name, state="ok", found=f"{seen.origin} shows the frame")
    if seen.origin not in served.ancestors:
        do = f'add "{seen.origin}" to the origins of {line.site!r} in the file of sites'
        if urlsplit(seen.origin).scheme != "https" and urlsplit(seen.origin).hostname not in _LOCAL:
            do = "serve the page by https:// first; the file of sites takes no other"
        return Check(name=name, state="fail", found=f"{seen.origin} may not frame us", do=do)
    if seen.stopped or not seen.ran:
        return skipped(name, seen.why_not)
    return Check(
        name=name,
        state="fail",
        found=f"{seen.origin} may frame us, and yet the frame did not open ({seen.frame})",
        do="see the browser's console for what stops it, such as a header that a proxy adds",
    )


def _policy(seen: Seen) -> Check:
    name, line = "policy", seen.line
    if line is None:
        return skipped(name, seen.why_not)
    told: dict[str, None] = {}
    for violation in sorted(seen.violations, key=lambda found: not found.enforced):
        where = "the page's meta element" if violation.in_meta else "the page's header"
        told[f"in {where}, {addition(violation, line.origin)}"] = None
    if not told:
        has = "has no Content-Security-Policy" if not seen.policies else "has a Content-Security-Policy that lets us in"
        return Check(name=name, state="ok", found=f"the page {has}")
    stopped = ", ".join(dict.fromkeys(violation.directive for violation in seen.violations))
    if seen.stopped:
        return Check(name=name, state="fail", found=f"the page's policy stops us by {stopped}", do="; ".join(told))
    found = f"a policy that only reports would stop us by {stopped}"
    return Check(name=name, state="warn", found=found, do="; ".join(told))
