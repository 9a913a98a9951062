"""Where this user's runs and downloaded datasets lie."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """The folder named by `CONVOSCOPE_HOME`, or the platform's place for a user's data; may not exist yet."""
    named = os.environ.get("CONVOSCOPE_HOME")
    return Path(named) if named else platformdirs.user_data_path("convoscope", appauthor=False)
