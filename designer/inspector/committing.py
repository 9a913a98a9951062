"""Edits asked for by a form: done through the document, the refusal told under the field."""

from __future__ import annotations

from collections.abc import Callable

from designer.document import Document, Edit
from engine.network.scope import Scope


def commit(
    document: Document,
    label: str,
    edit: Edit,
    merge: str,
    refused: Callable[[str], None],
    scope: Scope | None = None,
) -> bool:
    """Do an edit of what is shown, or at `scope`; `refused` hears the sentence when it cannot be
    done. Returns whether it was.
    """
    reasons: list[str] = []
    document.refused.connect(reasons.append)
    try:
        done = document.do(label, edit, merge, scope)
    finally:
        document.refused.disconnect(reasons.append)
    if not done:
        refused(reasons[-1] if reasons else "")
    return done
