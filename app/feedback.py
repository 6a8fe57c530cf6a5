"""How readers found a card: four counts each, in a file, and nothing else."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from app.render.html import FEEDBACK


class FeedbackCounts:
    """Counts kept in an SQLite file: card, kind, how often. No words, no times, no addresses."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with sqlite3.connect(file) as database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS feedback (card TEXT, kind TEXT, count INTEGER, PRIMARY KEY (card, kind))"
            )

    def add(self, card: str, kind: str) -> bool:
        """Count one for a card there is; say whether its kind is known."""
        if kind not in FEEDBACK:
            return False
        with sqlite3.connect(self._file) as database:
            database.execute(
                "INSERT INTO feedback VALUES (?, ?, 1) ON CONFLICT (card, kind) DO UPDATE SET count = count + 1",
                (card, kind),
            )
        return True

    def counts(self) -> dict[tuple[str, str], int]:
        """Return every count by card and kind."""
        with sqlite3.connect(self._file) as database:
            rows = database.execute("SELECT card, kind, count FROM feedback ORDER BY card, kind").fetchall()
        return {(card, kind): count for card, kind, count in rows}
