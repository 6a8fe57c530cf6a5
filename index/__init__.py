"""The work: a corpus in, answers out; knows nothing of Gradio, HTML or HTTP."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.answer import Explainer

__all__ = ["Explainer"]


def __getattr__(name: str) -> Any:
    """Import `Explainer` when it is first asked for: importing `index` alone loads no model library."""
    if name == "Explainer":
        from index.answer import Explainer

        return Explainer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
