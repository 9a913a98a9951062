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
    return document.do(label, edit, merge, scope, refused)
