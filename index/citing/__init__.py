"""Citations as other programs write and read them: CSL-JSON, BibTeX, RIS and PubMed's own text."""

from index.citing.citation import Citation
from index.citing.pasted import read_citation
from index.citing.works import Work, works

__all__ = ["Citation", "Work", "read_citation", "works"]
