from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.network.history import LONGEST, History
from engine.network.project import Project


def test_undo_brings_back_the_very_same_project():
    first, second = Project("a"), Project("b")
    history = History(first).do("Rename", second)
    assert history.undo_label == "Rename"
    assert history.undo().present is first
    assert history.undo().redo().present is second


def test_doing_something_new_forgets_what_was_undone():
    history = History(Project("a")).do("b", Project("b")).undo().do("c", Project("c"))
    assert not history.can_redo
    assert history.undo().present.name == "a"


def test_the_same_project_is_no_step():
    project = Project()
    assert not History(project).do("Nothing", project).can_undo


def test_steps_with_one_key_are_one_step():
    history = (
        History(Project("")).do("Type", Project("a"), "name").do("Type", Project("ab"), "name")
    )
    assert history.undo().present.name == ""


def test_after_an_undo_a_key_begins_a_step_of_its_own():
    history = History(Project("")).do("Type", Project("a"), "k").do("Other", Project("b"))
    history = history.undo().do("Type", Project("ab"), "k")
    assert history.undo().present.name == "a"


def test_undo_with_nothing_to_undo_changes_nothing():
    history = History(Project())
    assert history.undo() is history
    assert history.redo() is history
    assert history.undo_label == history.redo_label == ""


def test_old_steps_are_forgotten_when_there_are_too_many():
    history = History(Project("0"))
    for number in range(LONGEST + 20):
        history = history.do("Rename", Project(str(number + 1)))
    assert len(history.past) == LONGEST


@given(st.lists(st.sampled_from(["do", "undo", "redo"]), max_size=60))
def test_it_behaves_like_a_list_with_a_cursor(actions):
    line, at = [Project("0")], 0
    history = History(line[0])
    for number, action in enumerate(actions):
        if action == "do":
            line, at = [*line[: at + 1], Project(str(number + 1))], at + 1
            history = history.do("Rename", line[at])
        elif action == "undo":
            at, history = max(0, at - 1), history.undo()
        else:
            at, history = min(len(line) - 1, at + 1), history.redo()
        assert history.present is line[at]
        assert history.can_undo == (at > 0)
        assert history.can_redo == (at < len(line) - 1)
