"""`python -m app` serves the page."""

import sys

from app.command import main

sys.exit(main(["serve", *sys.argv[1:]]))
