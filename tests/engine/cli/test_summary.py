from __future__ import annotations

import json

import pytest


def test_the_summary_of_lenet_5_is_as_programs_expect_it(convoscope, lenet):
    said = convoscope("summary", lenet, "--json")
    summary = json.loads(said.out)
    assert said.code == 0
    assert set(summary) == {"parameters", "macs", "nodes", "problems"}
    assert summary["parameters"] == 61_706
    assert summary["macs"] == 416_520
    assert summary["problems"] == []
    conv1 = next(node for node in summary["nodes"] if node["name"] == "conv1")
    assert conv1 == {
        "name": "conv1",
        "kind": "Conv2d",
        "output": [6, 28, 28],
        "parameters": 156,
        "macs": 117_600,
        "receptive_field": [5, 5],
    }
    assert sum(node["parameters"] for node in summary["nodes"]) == 61_706


def test_a_broken_network_has_a_summary_with_its_problems(convoscope, broken):
    said = convoscope("summary", broken, "--json")
    summary = json.loads(said.out)
    assert said.code == 0
    conv3 = next(node for node in summary["nodes"] if node["name"] == "conv3")
    assert conv3["output"] == []
    (problem,) = [item for item in summary["problems"] if item["node"] == "conv3"]
    assert problem["severity"] == "error"
    assert "9" in problem["message"]
    assert problem["fixes"]


def test_the_table_has_a_line_for_every_node_and_the_total(convoscope, lenet):
    said = convoscope("summary", lenet)
    assert "│ conv2" in said.out
    assert "61,706 parameters · 0.417 M MACs" in said.out


def test_no_number_of_the_table_is_cut_short_where_the_terminal_is_narrow(
    convoscope, tiny, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "40")
    said = convoscope("summary", tiny)
    assert "…" not in said.out
    assert "receptive field" in said.out


def test_a_sound_network_checks_with_0(convoscope, lenet):
    said = convoscope("check", lenet)
    assert said.code == 0
    assert "is valid" in said.out
    assert json.loads(convoscope("check", lenet, "--json").out) == {"valid": True, "problems": []}


def test_a_broken_network_checks_with_1_and_names_problem_and_fix(convoscope, broken):
    said = convoscope("check", broken)
    assert said.code == 1
    assert said.out.startswith("error: conv3")
    assert "\n  fix: " in said.out
    assert json.loads(convoscope("check", broken, "--json").out)["valid"] is False


def write(path, content):
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("command", ["summary", "check", "train", "export"])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "it is empty"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "not UTF-8"),
        (b'{"schema_version": 1, "name": "x", "nodes": {', "ends too early"),
        (b'{"schema_version": 9, "name": "x"}', "newer Convoscope"),
        (b"[" * 9999, "nested deeper"),
        (
            b'{"schema_version": 1, "name": "x", "nodes": {"a": {"kind": "Nope"}}, "links": []}',
            "a.kind",
        ),
    ],
)
def test_a_bad_file_is_one_sentence(refused, tmp_path, command, content, sentence):
    path = write(tmp_path / "bad file.convo", content)
    more = ["--to", tmp_path / "out.py"] if command == "export" else []
    said = refused(command, path, *more)
    assert sentence in said
    assert "bad file.convo" in said


def test_a_missing_file_and_a_folder_are_one_sentence(refused, tmp_path):
    assert "no such file" in refused("summary", tmp_path / "missing.convo")
    assert "it is a folder" in refused("summary", tmp_path)


def test_the_catalogue_is_listed_with_its_ranges(convoscope):
    kinds = {item["kind"]: item for item in json.loads(convoscope("layers", "--json").out)}
    assert {"Input", "Conv2d", "MaxUnpool2d", "Linear", "Output"} <= set(kinds)
    kernel = next(item for item in kinds["Conv2d"]["parameters"] if item["name"] == "kernel_size")
    assert kernel["default"] == 3
    assert kernel["allowed"].startswith("a whole number from 1")
    assert "Conv2d" in convoscope("layers").out


def test_one_layer_is_shown_whatever_the_case_it_is_written_in(convoscope, refused):
    assert "kernel_size" in convoscope("layers", "conv2d").out
    assert json.loads(convoscope("layers", "relu", "--json").out)["kind"] == "ReLU"
    assert "no layer 'Conv3'; did you mean Conv2d?" in refused("layers", "Conv3")


def test_the_datasets_are_listed(convoscope):
    found = {item["name"]: item for item in json.loads(convoscope("datasets", "--json").out)}
    assert found["digits"]["built_in"] is True
    assert found["mnist"]["train_images"] == 60_000
    assert "digits" in convoscope("datasets").out
