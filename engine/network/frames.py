"""Frames: titled rectangles behind nodes, drawn to say what belongs together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from engine.network.errors import EditError
from engine.network.making import changed, check_text, point, short
from engine.network.names import free_name, name_problem
from engine.network.placement import CARD
from engine.network.project import Frame, Point, Project
from engine.network.reading import LONGEST_COMMENT

ROOM = 40.0
"""From a frame's edge to the cards in it, in pixels at zoom 1; above them there is twice as much."""


def around(project: Project, names: Collection[str], title: str = "") -> Frame:
    """A frame that holds these nodes, each taken to be about `placement.CARD` large."""
    places = [project.placement[name] for name in names if name in project.placement]
    if not places:
        raise EditError("A frame goes around nodes; select at least one.")
    left, top = (min(place[axis] for place in places) for axis in (0, 1))
    right, bottom = (max(place[axis] for place in places) + CARD[axis] for axis in (0, 1))
    size = (right - left + 2 * ROOM, bottom - top + 3 * ROOM)
    return Frame((left - ROOM, top - 2 * ROOM), size, title)


def add_frame(project: Project, frame: Frame, name: str = "") -> Project:
    """A new frame; called `frame1` and so on, unless a free name is given."""
    name = name or free_name("frame", project.frames)
    problem = name_problem(name, project.frames)
    if problem:
        raise EditError(f"The frame's name {short(name)} {problem}.")
    return changed(project, frames={**project.frames, name: _checked(frame)})


def set_frame(project: Project, name: str, frame: Frame) -> Project:
    """Put another frame in a frame's place: elsewhere, larger, or with other words."""
    if name not in project.frames:
        raise EditError(f"There is no frame {short(name)} here.")
    frame = _checked(frame)
    if project.frames[name] == frame:
        return project
    return changed(project, frames={**project.frames, name: frame})


def frame_around(
    project: Project, names: Collection[str], at: Point, size: Point, title: str = ""
) -> tuple[Project, str]:
    """A new frame around these nodes, which cover the rectangle of this corner and size; its name.

    Frames that hold nothing but some of these nodes come to lie in it; frames that hold them and
    others grow where they must, so that every title can be read.
    """
    (left, top), (right, bottom) = at, (at[0] + size[0], at[1] + size[1])
    for frame in frames_of(project, names).values():
        left, top = min(left, frame.at[0]), min(top, frame.at[1])
        right = max(right, frame.at[0] + frame.size[0])
        bottom = max(bottom, frame.at[1] + frame.size[1])
    outer = _frames_over(project, names)
    room = ROOM / 2 if outer else ROOM
    corner, size = (left - room, top - 2 * room), (right - left + 2 * room, bottom - top + 3 * room)
    name = free_name("frame", project.frames)
    project = add_frame(project, Frame(corner, size, title), name)
    inner = project.frames[name]
    for key in outer:
        frame = project.frames[key]
        above = 2 * ROOM if frame.comment else ROOM
        inner = _grown(frame, inner, ROOM / 2, above)
        project = set_frame(project, key, inner)
    return project, name


def remove_frame(project: Project, name: str) -> Project:
    """Take a frame away; what is in it stays."""
    if name not in project.frames:
        return project
    return changed(
        project, frames={key: frame for key, frame in project.frames.items() if key != name}
    )


def frames_of(project: Project, names: Collection[str]) -> Mapping[str, Frame]:
    """The frames that hold some of these nodes and no others. A node counts where its middle lies."""
    inside = {name: _middle(at) for name, at in project.placement.items() if "/" not in name}
    found: dict[str, Frame] = {}
    for key, frame in project.frames.items():
        if "/" not in key:
            held = {name for name, at in inside.items() if holds(frame, at)}
            if held and held <= set(names):
                found[key] = frame
    return found


def holds(frame: Frame, at: Point) -> bool:
    """Whether a point lies in a frame."""
    return all(0 <= at[axis] - frame.at[axis] <= frame.size[axis] for axis in (0, 1))


def moved(frame: Frame, by: Point) -> Frame:
    """The frame elsewhere."""
    return replace(frame, at=point((frame.at[0] + by[0], frame.at[1] + by[1])))


def _frames_over(project: Project, names: Collection[str]) -> list[str]:
    """The frames that hold all of these nodes and others too, the smallest first."""
    places = [_middle(project.placement[name]) for name in names if name in project.placement]
    own = frames_of(project, names)
    found = [
        key
        for key, frame in project.frames.items()
        if "/" not in key and key not in own and all(holds(frame, at) for at in places)
    ]
    return sorted(found, key=lambda key: project.frames[key].size[0] * project.frames[key].size[1])


def _middle(corner: Point) -> Point:
    return corner[0] + CARD[0] / 2, corner[1] + CARD[1] / 2


def _grown(frame: Frame, inner: Frame, room: float, above: float) -> Frame:
    """The frame, large enough to hold another with room around and above it."""
    left = min(frame.at[0], inner.at[0] - room)
    top = min(frame.at[1], inner.at[1] - above)
    right = max(frame.at[0] + frame.size[0], inner.at[0] + inner.size[0] + room)
    bottom = max(frame.at[1] + frame.size[1], inner.at[1] + inner.size[1] + room)
    return replace(frame, at=(left, top), size=(right - left, bottom - top))


def _checked(frame: Frame) -> Frame:
    check_text("A frame's title", frame.title)
    check_text("A frame's comment", frame.comment, LONGEST_COMMENT)
    if min(frame.size) < 1:
        raise EditError("A frame must be at least 1 pixel wide and high; draw it larger.")
    return replace(frame, at=point(frame.at), size=point(frame.size))
