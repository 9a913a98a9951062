"""The commands of the View menu."""

from __future__ import annotations

from designer.actions.command import Command, nodes, selected

VIEW: tuple[Command, ...] = (
    Command("fit", "Fit all", "View", lambda w: w.canvas.fit(), "F", "fit", nodes, on_canvas=True),
    Command(
        "zoom_to_selection",
        "Zoom to selection",
        "View",
        lambda w: w.canvas.zoom_to_selection(),
        "Shift+F",
        "",
        selected,
        on_canvas=True,
    ),
    Command(
        "back",
        "Back to the view before",
        "View",
        lambda w: w.canvas.travel.step(-1),
        "Alt+Left",
        "",
        lambda w: w.canvas.travel.can_go_back,
        on_canvas=True,
    ),
    Command(
        "forward",
        "Forward to the next view",
        "View",
        lambda w: w.canvas.travel.step(1),
        "Alt+Right",
        "",
        lambda w: w.canvas.travel.can_go_forward,
        on_canvas=True,
        ends_group=True,
    ),
    Command("zoom_in", "Zoom in", "View", lambda w: w.canvas.zoom_in(), "Ctrl++", "zoom_in"),
    Command(
        "zoom_out",
        "Zoom out",
        "View",
        lambda w: w.canvas.zoom_out(),
        "Ctrl+-",
        "zoom_out",
        ends_group=True,
    ),
    Command(
        "thumbnails",
        "Activations on nodes",
        "View",
        lambda w: w.watching.toggle(),
        "Ctrl+T",
        "eye",
    ),
    Command(
        "theme",
        "Light or dark",
        "View",
        lambda w: w.toggle_theme(),
        "Ctrl+Shift+L",
        "moon",
        ends_group=True,
    ),
    Command("reset_layout", "Reset layout", "View", lambda w: w.reset_layout()),
)
