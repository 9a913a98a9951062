from __future__ import annotations

import pytest

import resources
from engine.analysis import analyse
from engine.network import storage

TEMPLATES = sorted(resources.TEMPLATES.glob("*.convo"))


def test_there_are_templates():
    assert {"lenet5", "tiny_cnn", "residual"} <= {path.stem for path in TEMPLATES}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_can_be_trained_and_nothing_is_wrong_with_it(path):
    analysis = analyse(storage.load(path))
    assert analysis.valid
    assert analysis.problems == ()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_is_written_as_the_program_would_write_it(path):
    assert storage.dumps(storage.load(path)) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_the_cards_of_a_template_lie_apart(path):
    places = list(storage.load(path).placement.values())
    for number, (x, y) in enumerate(places):
        for u, v in places[number + 1 :]:
            assert abs(x - u) >= 220 + 60 or abs(y - v) >= 92 + 60


def test_lenet_5_has_61706_parameters():
    analysis = analyse(storage.load(resources.TEMPLATES / "lenet5.convo"))
    assert analysis.parameters == 61_706
