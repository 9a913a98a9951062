from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest


def test_a_rate_is_suggested_to_programs_and_to_people(convoscope, tiny):
    said = convoscope("rate-test", tiny, "--data", "digits", "--steps", 60, "--json")
    facts = json.loads(said.out)
    assert said.code == 0
    assert len(facts["rates"]) == len(facts["losses"]) == len(facts["smooth"]) <= 60
    assert facts["rates"][0] == 1e-6
    assert 1e-4 < facts["suggested"] < 0.3
    assert facts["suggested"] == pytest.approx(facts["least"] / 10, rel=0.1)
    assert "Smith" in facts["source"]
    said = convoscope("rate-test", tiny, "--steps", 60, "--batch-size", 32)
    assert said.code == 0
    assert "suggested learning rate: " in said.out
    assert not list(Path(tempfile.gettempdir()).glob("convoscope-rates-*"))


def test_rates_too_low_to_teach_anything_are_an_answer_but_not_the_hoped_for(convoscope, tiny):
    said = convoscope("rate-test", tiny, "--low", 1e-9, "--high", 1e-8, "--steps", 30)
    assert said.code == 1
    assert "did the loss fall" in said.out


def test_bad_rates_are_one_sentence(refused, tiny):
    assert "--high must be above the lowest rate" in refused("rate-test", tiny, "--high", 1e-7)
    assert "--low must be a number from" in refused("rate-test", tiny, "--low", -1)
    assert "--steps must be a whole number from 20" in refused("rate-test", tiny, "--steps", 3)
    assert "--epochs must be a whole number" in refused("rate-test", tiny, "--epochs", 0)
