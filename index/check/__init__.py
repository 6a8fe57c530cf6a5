"""Every rule of a corpus, one small generator each, yielding Problems."""

from index.check.rules import RULES, check_folder, check_part

__all__ = ["RULES", "check_folder", "check_part"]
