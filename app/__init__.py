"""The page: an answer in, a page out; the only code that knows Gradio and HTTP."""

__all__: list[str] = []
