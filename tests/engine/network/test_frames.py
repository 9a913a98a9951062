"""Frames behind nodes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.errors import EditError
from engine.network.frames import around, frame_around, frames_of
from engine.network.project import Frame, Project
from engine.network.storage import dumps, loads

FRAME = Frame((10.04, 20.0), (300.0, 200.0), "Stem", "the first layers")


def test_a_frame_is_added_changed_and_taken_away():
    project = edits.add_frame(Project(), FRAME)
    assert project.frames == {"frame1": replace(FRAME, at=(10.0, 20.0))}
    assert loads(dumps(project)) == project
    assert edits.set_frame(project, "frame1", FRAME) is project
    moved = edits.set_frame(project, "frame1", replace(FRAME, at=(0.0, 0.0)))
    assert moved.frames["frame1"].at == (0.0, 0.0)
    assert edits.remove_frame(moved, "frame1") == Project()
    assert edits.remove_frame(moved, "frame2") is moved


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (replace(FRAME, title="two\nlines"), "A frame's title must be one line"),
        (replace(FRAME, comment="x" * 1001), "A frame's comment must have at most 1,000"),
        (replace(FRAME, size=(0.0, 10.0)), "at least 1 pixel"),
    ],
)
def test_a_frame_that_a_file_cannot_hold_is_refused(frame: Frame, sentence: str):
    with pytest.raises(EditError, match=sentence):
        edits.add_frame(Project(), frame)


def test_names_of_frames_are_free_names():
    project = edits.add_frame(edits.add_frame(Project(), FRAME), FRAME)
    assert list(project.frames) == ["frame1", "frame2"]
    for bad in ("frame1", "a/b", ""):
        if bad:
            with pytest.raises(EditError, match="frame's name"):
                edits.add_frame(project, FRAME, bad)
    with pytest.raises(EditError, match="no frame 'frame3'"):
        edits.set_frame(project, "frame3", FRAME)


def test_a_frame_around_nodes_holds_them():
    project = edits.add(Project(), layer("ReLU"), (100, 200))
    project = edits.add(project, layer("ReLU"), (700, 500))
    project = edits.add_frame(project, around(project, ["relu1"], "One"))
    project = edits.add_frame(project, around(project, ["relu1", "relu2"], "Both"))
    assert set(frames_of(project, ["relu1"])) == {"frame1"}
    assert set(frames_of(project, ["relu1", "relu2"])) == {"frame1", "frame2"}
    assert frames_of(project, ["relu2"]) == {}
    with pytest.raises(EditError, match="select at least one"):
        around(project, [])


def test_frames_in_frames_leave_every_title_to_be_read():
    project = Project()
    for x in (0, 300, 600):
        project = edits.add(project, layer("ReLU"), (x, 0))
    project, outer = frame_around(project, ["relu1", "relu2", "relu3"], (0, 0), (820, 92), "All")
    commented = replace(project.frames[outer], comment="what this is for")
    for described in (project, edits.set_frame(project, outer, commented)):
        grown, inner = frame_around(described, ["relu1", "relu2"], (0, 0), (520, 92), "Two")
        grown, least = frame_around(grown, ["relu1"], (0, 0), (220, 92), "One")
        grown, most = frame_around(
            grown, ["relu1", "relu2", "relu3"], (0, 0), (820, 92), "Around it all"
        )
        order = [grown.frames[name] for name in (most, outer, inner, least)]
        for around_it, within in pairwise(order):
            title = 80 if around_it.comment else 40
            assert within.at[0] >= around_it.at[0] + 20
            assert within.at[1] >= around_it.at[1] + title
            for axis in (0, 1):
                end = within.at[axis] + within.size[axis]
                assert end <= around_it.at[axis] + around_it.size[axis] - 20


def test_a_frame_that_reaches_over_the_edge_of_the_next_row_does_not_hold_it():
    project = Project()
    for at in ((0, 0), (300, 0), (0, 130)):
        project = edits.add(project, layer("ReLU"), at)
    project, inner = frame_around(project, ["relu1"], (0, 0), (220, 92))
    assert set(frames_of(project, ["relu1"])) == {inner}
    project, outer = frame_around(project, ["relu1", "relu2"], (0, 0), (520, 92))
    assert project.frames[outer].at[1] <= project.frames[inner].at[1] - 40
