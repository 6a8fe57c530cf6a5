"""The command `explainer`: the commands of `index`, and those that need the page."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.cli import built_folder, make_parser, run
from index.errors import SettingsError

if TYPE_CHECKING:
    from index.answer import Explainer


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
    serve.add_argument(
        "--language",
        default=os.environ.get("LANGUAGE_TAG", "en"),
        help="of the page's words, such as es (LANGUAGE_TAG)",
    )
    serve.add_argument(
        "--public-url",
        default=os.environ.get("PUBLIC_URL", ""),
        metavar="URL",
        help="the site's own address, for links that are copied and shared (PUBLIC_URL)",
    )
    serve.add_argument(
        "--feedback",
        type=Path,
        default=os.environ.get("FEEDBACK_FILE"),
        metavar="FILE",
        help="let readers say how a card was, and keep the counts in this file (FEEDBACK_FILE; off by default)",
    )
    serve.set_defaults(run=_serve)

    export = commands.add_parser("export-site", help="write every card as a page that needs no server of ours")
    export.add_argument("folder", type=Path, help="where to write them")
    export.add_argument("--language", default="en", help="of the page's words, such as es")
    export.set_defaults(run=_export_site)
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
    explainer = Explainer.load(built)
    _check_language(explainer, options.language)
    settings = Settings(
        host=options.host,
        port=options.port,
        hosts=(*Settings().hosts, *map(str.lower, options.allow_host)),
        language=options.language,
        public_url=options.public_url,
        feedback=options.feedback,
    )
    say(f"serving on http://{options.host}:{options.port} (corpus version {explainer.version})")
    serve(explainer, settings)
    return 0


def _export_site(options: argparse.Namespace) -> int:
    from app.export import export_site
    from index.answer import Explainer

    explainer = Explainer.load(built_folder(options))
    _check_language(explainer, options.language)
    count = export_site(explainer, options.folder, options.language)
    print(f"wrote {count} pages to {options.folder}", file=sys.stderr)
    return 0


def _check_language(explainer: Explainer, language: str) -> None:
    if language not in explainer.corpus.wording:
        known = ", ".join(explainer.corpus.wording)
        raise SettingsError(f"there is no wording for the language {language!r}: use one of {known}")
