"""Files that ship with the program: icons, fonts, templates."""

from pathlib import Path

FOLDER = Path(__file__).parent
TEMPLATES = FOLDER / "templates"
