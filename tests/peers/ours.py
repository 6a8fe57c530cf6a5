"""This project, asked as its readers ask it: what is declined has no card."""

from __future__ import annotations

from pathlib import Path

from tests.peers.runner import Ask, run


def load(folder: Path, model: str) -> Ask:
    from index.answer import Explainer

    explainer = Explainer.load(folder)

    def ask(question: str) -> list[str]:
        answer = explainer.ask(question)
        return [card.id for card in answer.cards] if answer.outcome == "answered" else []

    return ask


if __name__ == "__main__":
    run(load)
