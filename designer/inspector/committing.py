"""Edits asked for by a form: done through the document, the refusal told under the field."""

from __future__ import annotations

from collections.abc import Callable

from designer.document import Document, Edit


def commit(
    document: Document, label: str, edit: Edit, merge: str, refused: Callable[[str], None]
) -> bool:
    """Do an edit; `refused` hears the sentence when it cannot be done. Returns whether it was."""
    reasons: list[str] = []
    document.refused.connect(reasons.append)
    try:
        done = document.do(label, edit, merge)
    finally:
        document.refused.disconnect(reasons.append)
    if not done:
        refused(reasons[-1] if reasons else "")
    return done
