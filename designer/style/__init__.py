"""How everything looks: colours, type, spacing, icons. No other room names a colour or a font."""

from designer.style.theme import Theme, theme
from designer.style.tokens import DARK, LIGHT, RADIUS, SPACE, Tokens, Type

__all__ = ["DARK", "LIGHT", "RADIUS", "SPACE", "Theme", "Tokens", "Type", "theme"]
