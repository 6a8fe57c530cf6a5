"""The command `explainer`: the commands of `index`, and those that need the page."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from index.cli import built_folder, make_parser, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser, commands = make_parser()
    serve = commands.add_parser("serve", help="serve the page and the routes, building the index first if it is stale")
    serve.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"), help="address to listen on (HOST)")
    serve.add_argument("--port", type=_port, default=os.environ.get("PORT", "7860"), help="port to listen on (PORT)")
    serve.add_argument(
        "--allow-host",
        action="append",
        default=os.environ.get("ALLOW_HOSTS", "").split(),
        metavar="NAME",
        help="answer to this Host header too, besides localhost; repeat for more (ALLOW_HOSTS, parted by spaces)",
    )
    serve.set_defaults(run=_serve)
    return run(parser, arguments)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535: {text!r}")
    return int(text)


def _serve(options: argparse.Namespace) -> int:
    from app.server import serve
    from app.settings import Settings
    from index.answer import Explainer
    from index.build import build, is_stale
    from index.encoder import SentenceTransformerEncoder

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    built = built_folder(options)
    reason = is_stale(options.corpus, built)
    if reason:
        say(f"{reason}: building it")
        build(options.corpus, built, SentenceTransformerEncoder(), say)
    settings = Settings(host=options.host, port=options.port, hosts=(*Settings().hosts, *map(str.lower, options.allow_host)))
    explainer = Explainer.load(built)
    say(f"serving on http://{options.host}:{options.port} (corpus version {explainer.version})")
    serve(explainer, settings)
    return 0
