"""An Answer or a Card becomes HTML: pure, escaping, knowing nothing but the records."""

from app.render.html import Renderer

__all__ = ["Renderer"]
