"""Every failure that a reader or maintainer may meet, one sentence each."""

from __future__ import annotations

from collections.abc import Iterable

from index.records import Problem


class ExplainerError(Exception):
    """The base of all of ours; its text is one plain line that may be shown."""


class CorpusError(ExplainerError):
    """Raised when a corpus has Problems; nothing is built from it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"the corpus has {len(self.problems)} problems: run 'explainer check' to list them")


class DraftError(ExplainerError):
    """Raised when an entry or a corpus cannot be begun with what was given."""


class EncoderError(ExplainerError):
    """Raised when the embedding model is missing or is not the one that was asked for."""


class IndexFolderError(ExplainerError):
    """Raised when a built index is missing, altered, or of another format, encoder or size."""


class PageError(ExplainerError):
    """Raised when a page that embeds us cannot be opened, or there is no browser to open it with."""


class QuestionError(ExplainerError):
    """Raised when a question or a pasted text is longer than the limit."""


class QuestionFileError(ExplainerError):
    """Raised when a file of golden questions cannot be read."""


class RegistryError(ExplainerError):
    """Raised when a registry of references cannot be asked, or its answers cannot be kept."""


class ReportError(ExplainerError):
    """Raised when a report cannot be written."""


class SettingsError(ExplainerError):
    """Raised when a flag or a setting makes no sense."""


class SitesError(ExplainerError):
    """Raised when a file of sites has Problems; none of it is used."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(f"{first} (of {len(self.problems)} problems: run 'explainer check-sites' to list them)")
