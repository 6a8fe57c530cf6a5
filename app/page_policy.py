"""The Content-Security-Policy of a page that embeds us: what it says, and what it lacks for us."""

from __future__ import annotations

from app.seen import Violation

POLICY = "content-security-policy"
# Where a browser looks, one after the other, for what a directive may load (CSP Level 3, section 6.8.3), and which
# of them a page had better write, where it has none but the last.
_LOOKED_UP = {
    "script-src-elem": ("script-src-elem", "script-src", "default-src"),
    "frame-src": ("frame-src", "child-src", "default-src"),
}
_WRITTEN = {"script-src-elem": "script-src", "frame-src": "frame-src"}
_FOR_SCRIPTS = ("'nonce-", "'sha", "'unsafe-", "'strict-dynamic'", "'report-sample'", "'wasm-")


def directives(policy: str) -> dict[str, tuple[str, ...]]:
    """Return the sources of each directive of one policy; of two with the same name the first counts."""
    found: dict[str, tuple[str, ...]] = {}
    for part in policy.split(";"):
        name, *sources = part.split() or [""]
        found.setdefault(name.lower(), tuple(sources))
    found.pop("", None)
    return found


def addition(violation: Violation, origin: str) -> str:
    """Return what must be changed in a page's policy so that it lets something from `origin` of ours through."""
    named = violation.directive
    if named not in _LOOKED_UP:
        return f"let through what {named} stopped"
    written = directives(violation.policy)
    used = next((name for name in _LOOKED_UP[named] if name in written), named)
    sources = written.get(used, ())
    if named == "script-src-elem" and "'strict-dynamic'" in sources:
        return f"give our line the page's nonce, since {used} has 'strict-dynamic' and so heeds no host"
    if used != "default-src":
        return f"add {origin} to {used}"
    # A directive of its own takes the place of default-src, and so has to hold what that has.
    kept = [source for source in sources if source != "'none'"]
    if named == "frame-src":
        kept = [source for source in kept if not source.startswith(_FOR_SCRIPTS)]
    kept = ["'nonce-…'" if source.startswith("'nonce-") else source for source in kept]
    return f"add the directive {' '.join([_WRITTEN[named], *kept, origin])}"
