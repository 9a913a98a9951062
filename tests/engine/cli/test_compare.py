from __future__ import annotations

import json

import resources
from engine.layers.catalogue import layer
from engine.network import edits, storage
from engine.network.project import Project


def saved(project: Project, folder, name: str):
    path = folder / f"{name}.convo"
    storage.save(project, path)
    return path


def test_a_network_compared_with_itself_is_the_same(convoscope, lenet):
    said = convoscope("compare", lenet, lenet)
    assert said.code == 0
    assert said.out == "They are the same network, trained in the same way.\n"
    assert json.loads(convoscope("compare", lenet, lenet, "--json").out)["same"] is True


def test_programs_are_told_what_changed_and_what_it_costs(convoscope, lenet, tmp_path):
    project = edits.set_parameters(storage.load(lenet), "conv1", out_channels=8)
    said = convoscope("compare", lenet, saved(project, tmp_path, "after"), "--json")
    found = json.loads(said.out)
    assert said.code == 1
    assert found["same"] is False
    (conv1,) = [item for item in found["nodes"] if item["status"] == "changed"]
    assert conv1["name"] == "conv1"
    assert conv1["changes"] == [{"what": "out_channels", "before": 6, "after": 8}]
    assert conv1["numbers_before"]["parameters"] == 156
    assert conv1["numbers_after"]["parameters"] == 208
    assert found["before"]["parameters"] == 61_706
    assert found["after"]["parameters"] == 61_706 + 52 + 2 * 16 * 25
    assert found["after"]["receptive_field"] == [32, 32]


def test_people_read_signs_nodes_links_the_recipe_and_the_totals(convoscope, lenet, tmp_path):
    project = storage.load(lenet)
    project = edits.remove_and_reconnect(project, ["tanh4"])
    project = edits.add(project, layer("Dropout"), (0, 0), "drop")
    project = edits.set_recipe(project, project.recipe.changed(epochs=9))
    said = convoscope("compare", lenet, saved(project, tmp_path, "after"))
    assert "│ + │ drop " in said.out
    assert "│ - │ tanh4" in said.out
    assert "~ recipe: epochs 5 → 9" in said.out
    assert "parameters: 61,706 → 61,706 (+0, +0.0%)" in said.out
    assert "receptive field at the output: 32×32 px → 32×32 px" in said.out


def test_a_file_that_is_not_there_is_refused(refused, lenet, tmp_path):
    assert "nothing.convo" in refused("compare", lenet, tmp_path / "nothing.convo")


def test_templates_can_be_compared(convoscope):
    folder = resources.TEMPLATES
    said = convoscope("compare", folder / "lenet5.convo", folder / "tiny_cnn.convo", "--json")
    assert {item["status"] for item in json.loads(said.out)["nodes"]} >= {"removed", "changed"}
