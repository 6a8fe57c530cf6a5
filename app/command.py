"""The command `explainer`: the commands of `index`, and those that need the page."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.options import add_options, settings_of
from index.cli import EXIT_PROBLEMS, EXIT_USAGE, built_folder, make_parser, run
from index.collector import spare_at_exit
from index.errors import CorpusError, PageError, SettingsError, SitesError
from index.records import Problem

if TYPE_CHECKING:
    from index.answer import Explainer

MOST_SECONDS = 600  # for one step of a visit to a page


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    spare_at_exit()
    parser, commands = make_parser()
    serve = commands.add_parser("serve", help="serve the page and the routes, building the index first if it is stale")
    add_options(serve)
    serve.set_defaults(run=_serve)

    export = commands.add_parser("export-site", help="write every card as a page that needs no server of ours")
    export.add_argument("folder", type=Path, help="where to write them")
    export.add_argument("--language", default="en", help="of the page's words, such as es")
    export.set_defaults(run=_export_site)

    bundle = commands.add_parser("bundle", help="write all that a server needs as one archive, without PyTorch")
    bundle.add_argument("file", type=Path, metavar="FILE", help="the archive, such as explainer.tar.gz")
    bundle.set_defaults(run=_bundle)

    check = commands.add_parser("check-sites", help="check a file of the sites that may show us, and list all problems")
    check.add_argument("file", type=Path, help="such as sites.yaml; sites.example.yaml shows its form")
    check.add_argument("--format", choices=("text", "json", "github"), default="text", help="how to list them")
    check.set_defaults(run=_check_sites)

    snippet = commands.add_parser("widget-snippet", help="print the lines that put the widget on the pages of a site")
    snippet.add_argument("id", metavar="ID", help="of the site, as in the file of sites")
    snippet.add_argument(
        "--public-url", required=True, metavar="URL", help="the address of this server, as others see it"
    )
    snippet.add_argument(
        "--sites",
        type=Path,
        default=os.environ.get("SITES_FILE"),
        metavar="FILE",
        help="the sites that may show us (SITES_FILE)",
    )
    snippet.add_argument(
        "--fallback", default="", metavar="URL", help="a page to link to where the answers cannot be reached"
    )
    snippet.set_defaults(run=_widget_snippet)

    embed = commands.add_parser("check-embed", help="open a page that embeds the widget in a browser, and use it there")
    embed.add_argument("url", metavar="URL", help="of the page, with https:// or http://")
    embed.add_argument("--site", default="", metavar="ID", help="the site that the page should name")
    embed.add_argument("--json", action="store_true", help="print what was found as JSON")
    embed.add_argument(
        "--timeout",
        type=float,
        default=20.0,
        metavar="SECONDS",
        help="the most that each step may take (default: 20)",
    )
    embed.set_defaults(run=_check_embed)

    gaps = commands.add_parser("gaps", help="list what readers ask that the corpus has nothing on: what to write next")
    gaps.add_argument("file", metavar="FILE", type=Path, help="where 'explainer serve' keeps the counts")
    gaps.add_argument("--json", action="store_true", help="print the counts as JSON")
    gaps.set_defaults(run=_gaps)
    return run(parser, arguments)


def _serve(options: argparse.Namespace) -> int:
    from app.logs import set_up_logging
    from app.server import serve
    from index.answer import Explainer
    from index.build import build, is_stale
    from index.encoder import SentenceTransformerEncoder

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    settings = settings_of(options)
    set_up_logging(options.log_format, options.log_level)
    built = built_folder(options)
    reason = is_stale(options.corpus, built)
    if reason:
        say(f"{reason}: building it")
        build(options.corpus, built, SentenceTransformerEncoder(), say)
    explainer = Explainer.load(built)
    _check_language(explainer, options.language)
    say(f"serving on http://{settings.host}:{settings.port}{settings.root_path} (corpus version {explainer.version})")
    serve(explainer, settings, built)
    return 0


def _export_site(options: argparse.Namespace) -> int:
    from app.export import export_site
    from index.answer import Explainer

    explainer = Explainer.load(built_folder(options))
    _check_language(explainer, options.language)
    count = export_site(explainer, options.folder, options.language)
    print(f"wrote {count} pages to {options.folder}", file=sys.stderr)
    return 0


def _bundle(options: argparse.Namespace) -> int:
    from app.bundle import write_bundle

    size = write_bundle(options.file, built_folder(options))
    print(f"wrote {options.file} ({size / 1e6:.0f} MB)", file=sys.stderr)
    return 0


def _check_sites(options: argparse.Namespace) -> int:
    from app.sites import read_sites
    from index.check.listing import listed
    from index.entry import read_entry

    wording = read_entry(options.corpus / "wording.yaml", options.corpus)
    if wording.problems:
        raise CorpusError(wording.problems)
    count, problems = 0, tuple[Problem, ...]()
    try:
        count = len(read_sites(options.file, tuple(map(str, wording.fields))))
    except SitesError as error:
        problems = error.problems
    for line in listed(problems, options.format):
        print(line)
    if not problems:
        print(f"{count} sites: no problems", file=sys.stderr)
    return EXIT_PROBLEMS if problems else 0


def _widget_snippet(options: argparse.Namespace) -> int:
    from app.sites import Sites
    from app.widget import read_wording, snippets

    wording = read_wording(options.corpus)
    site = Sites(options.sites, tuple(wording)).get(options.id)
    if site is None:
        where = f"in {options.sites}" if options.sites else "since no file of sites is named: use --sites"
        raise SettingsError(f"there is no site {options.id!r} {where}")
    print(snippets(site, wording[site.language]["widget_frame"], options.public_url, options.fallback))
    return 0


def _gaps(options: argparse.Namespace) -> int:
    from app.gaps_file import listing_json, listing_text, read_gaps

    found = read_gaps(options.file)
    print(json.dumps(listing_json(found), ensure_ascii=False, sort_keys=True) if options.json else listing_text(found))
    return 0


def _check_embed(options: argparse.Namespace) -> int:
    from app.check_embed import check_embed, web_address
    from app.chromium import chromium

    try:
        url = web_address(options.url)
        if not 0 < options.timeout <= MOST_SECONDS:
            raise SettingsError(f"--timeout must be more than 0 and at most {MOST_SECONDS}: {options.timeout:g}")
        with chromium() as browser:
            checks = check_embed(browser, url, site=options.site, seconds=options.timeout)
    except (PageError, SettingsError) as error:
        print(f"explainer: {error}", file=sys.stderr)
        return EXIT_USAGE  # 1 says that the page was looked at and fails
    if options.json:
        listed = [dataclasses.asdict(check) for check in checks]
        print(json.dumps({"url": url, "checks": listed}, ensure_ascii=False))
    else:
        for check in checks:
            print(check)
    return EXIT_PROBLEMS if any(check.state == "fail" for check in checks) else 0


def _check_language(explainer: Explainer, language: str) -> None:
    if language not in explainer.corpus.wording:
        known = ", ".join(explainer.corpus.wording)
        raise SettingsError(f"there is no wording for the language {language!r}: use one of {known}")
