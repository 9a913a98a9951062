"""The commands of the Node menu: what is done to nodes and links that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.actions.command import Command, nodes, selected
from designer.canvas import commands

if TYPE_CHECKING:
    from designer.app import MainWindow


def link_picked(window: MainWindow) -> bool:
    """Whether a link is selected."""
    return window.canvas.picking.link is not None


def _links_picked(window: MainWindow) -> bool:
    return link_picked(window) or bool(window.canvas.canvas.links_of(window.document.selection))


def _mendable(window: MainWindow) -> bool:
    names = window.document.selection
    return bool(names) and bool(commands.fixes(window.document, names[-1]))


NODE: tuple[Command, ...] = (
    Command(
        "add_layer",
        "Add layer…",
        "Node",
        lambda w: w.canvas.quick_add(),
        "Shift+A",
        tip="Search for a layer or block: behind the selection, into the selected link, or at the "
        "pointer; so does Tab, but where it enters a block",
        on_canvas=True,
    ),
    Command(
        "edit_settings",
        "Edit settings (Enter)",
        "Node",
        lambda w: w.edit_settings(),
        tip="Put the keyboard into the inspector; Escape brings it back to the canvas",
    ),
    Command(
        "link_to",
        "Link to…",
        "Node",
        lambda w: w.canvas.adding.linking.ask(),
        "K",
        "",
        selected,
        "Search for the node that the selected ones feed",
        on_canvas=True,
    ),
    Command(
        "replace",
        "Replace by…",
        "Node",
        lambda w: w.canvas.replace(),
        "Ctrl+R",
        "",
        selected,
        "Put another layer in the place of the selected ones; links and shared settings stay",
        on_canvas=True,
    ),
    Command(
        "fixes",
        "Mend…",
        "Node",
        lambda w: w.canvas.show_fixes(),
        "Alt+Return",
        "",
        _mendable,
        "The repairs of the selected node's problem, and what each leads to",
        on_canvas=True,
        ends_group=True,
    ),
    Command(
        "mute",
        "Mute",
        "Node",
        lambda w: commands.set_mode(w.document, "muted"),
        "M",
        "",
        selected,
        "Leave the selected nodes and their links out, or take them in again",
        on_canvas=True,
    ),
    Command(
        "bypass",
        "Bypass",
        "Node",
        lambda w: commands.set_mode(w.document, "bypassed"),
        "B",
        "",
        selected,
        "Hand on what comes in, as if the selected nodes were not there; or let them work again",
        on_canvas=True,
    ),
    Command(
        "freeze",
        "Freeze",
        "Node",
        lambda w: commands.freeze(w.document),
        "L",
        "lock",
        selected,
        "Keep the weights of the selected nodes as they are in training, or let them learn again",
        on_canvas=True,
        ends_group=True,
    ),
    Command(
        "take_out",
        "Take out of the chain",
        "Node",
        lambda w: commands.take_out(w.document, w.canvas.canvas.cards()),
        "Ctrl+Shift+O",
        "",
        selected,
        "Unlink the selected nodes and close the chain; dragging with Ctrl does the same",
        on_canvas=True,
    ),
    Command(
        "duplicate_linked",
        "Duplicate with links",
        "Node",
        lambda w: commands.duplicate_linked(w.document, w.canvas.canvas.cards()),
        "Ctrl+Shift+D",
        "",
        selected,
        "Copies fed by what feeds the originals; dragging with Alt does the same",
        on_canvas=True,
        ends_group=True,
    ),
    Command(
        "next_link",
        "Next link",
        "Node",
        lambda w: w.canvas.picking.step_link(1),
        ".",
        "",
        nodes,
        "Select the next link of the selected nodes",
        on_canvas=True,
    ),
    Command(
        "previous_link",
        "Link before",
        "Node",
        lambda w: w.canvas.picking.step_link(-1),
        ",",
        "",
        nodes,
        on_canvas=True,
    ),
    Command(
        "reroute",
        "Insert reroute point",
        "Node",
        lambda w: w.canvas.insert_reroute(),
        "Shift+R",
        "",
        link_picked,
        "Bend the selected link; a double click on a link does the same",
        on_canvas=True,
    ),
    Command(
        "cut_links",
        "Cut links",
        "Node",
        lambda w: w.canvas.cut_links(),
        "Ctrl+Shift+X",
        "",
        _links_picked,
        "Take out the selected link, or all links of the selected nodes; a stroke with Ctrl and the "
        "right button cuts what it crosses",
        on_canvas=True,
    ),
)
