"""The menus under the right button: names of commands, an empty one for a line."""

from __future__ import annotations

from collections.abc import Mapping

CONTEXT: Mapping[str, tuple[str, ...]] = {
    "node": (
        "fixes",
        "cut",
        "copy",
        "duplicate",
        "duplicate_linked",
        "",
        "rename",
        "replace",
        "add_layer",
        "link_to",
        "",
        "mute",
        "bypass",
        "freeze",
        "ablate",
        "",
        "enter_block",
        "group",
        "ungroup",
        "",
        "frame",
        "arrange",
        "",
        "take_out",
        "cut_links",
        "delete_and_reconnect",
        "delete",
    ),
    "link": ("add_layer", "reroute", "", "delete"),
    "frame": ("frame_words", "frame_nodes", "", "delete"),
    "canvas": (
        "leave_block",
        "add_layer",
        "paste",
        "",
        "select_all",
        "find",
        "fit",
        "arrange",
        "",
        "undo",
        "redo",
    ),
}
"""By what is under the pointer; a command that cannot be used there is left out."""
