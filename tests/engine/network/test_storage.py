from __future__ import annotations

import copy
import json
import os
import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.layers import catalogue
from engine.layers.catalogue import layer
from engine.network import edits, storage
from engine.network.network import Block, Instance, Link, Network, Node
from engine.network.project import Project
from engine.network.storage import StorageError, dumps, load, loads, save
from engine.recipe.augmentation.mixup import Mixup
from engine.recipe.augmentation.rotation import Rotation
from engine.recipe.augmentation.shift import Shift
from engine.recipe.constant import Constant
from engine.recipe.cosine import CosineAnnealingLR
from engine.recipe.sgd import SGD
from tests.engine.network.drawing import projects

TEMPLATES = sorted((Path(__file__).parents[3] / "resources" / "templates").glob("*.convo"))


def small() -> Project:
    project = edits.append(Project("Klein"), layer("Input", shape=(1, 8, 8)), None)
    project = edits.append(project, layer("Conv2d", out_channels=2, kernel_size=3), "input1")
    project = edits.set_title(project, "conv1", "première couche")
    return edits.append(project, layer("Output"), "conv1")


def nested() -> Project:
    inner = {
        "x": Node(layer("Input")),
        "conv": Node(layer("Conv2d"), expressions=(("out_channels", "width"),), when="width > 1"),
        "y": Node(layer("Output")),
    }
    links = frozenset({Link("x", "conv"), Link("conv", "y")})
    unit = Block(
        Network(inner, links), (("width", 8), ("mode", "same"), ("size", (1, 2))), "A unit."
    )
    stage = {
        "x": Node(layer("Input")),
        "units": Node(
            Instance("Unit", (("width", "depth * 2"),), 3, (("width", "depth"),)), title="units"
        ),
        "y": Node(layer("Output")),
    }
    links = frozenset({Link("x", "units"), Link("units", "y")})
    blocks = {"Stage": Block(Network(stage, links), (("depth", 2),)), "Unit": unit}
    nodes = {"stage1": Node(Instance("Stage", (("depth", 4),)))}
    places = {"stage1": (0.0, 0.0)}
    places |= {f"Unit/{name}": (1.5, 2.0) for name in inner}
    places |= {f"Stage/{name}": (1.5, 2.0) for name in stage}
    return Project("Nested", Network(nodes, frozenset(), blocks), places)


def document() -> dict:
    return json.loads(dumps(small()))


def refusal(value: object) -> str:
    """The sentence with which this document is refused."""
    with pytest.raises(StorageError) as caught:
        loads(value if isinstance(value, str) else json.dumps(value))
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert len(sentence) < 500
    return sentence


@given(projects())
@settings(max_examples=100, deadline=None)
def test_what_is_saved_is_read_back_equal(project):
    text = dumps(project)
    again = loads(text)
    assert again == project
    assert list(again.network.nodes) == list(project.network.nodes)
    assert dumps(again) == text


@pytest.mark.parametrize("kind", list(catalogue.kinds()))
def test_every_example_of_every_layer_is_read_back_equal(kind):
    for example in catalogue.kinds()[kind].examples():
        project = edits.add(Project(), example.layer, (0, 0))
        assert loads(dumps(project)) == project


@pytest.mark.parametrize("kind", list(catalogue.kinds()))
def test_no_parameter_is_called_like_a_field_of_the_format(kind):
    own = {"kind", "block", "expressions", "when", "title", "at", "arguments", "repeat", "first"}
    assert not own & set(catalogue.kinds()[kind]().values)


def test_blocks_are_read_back_equal():
    assert loads(dumps(nested())) == nested()


def test_one_changed_parameter_changes_one_line():
    before = dumps(small()).splitlines()
    after = dumps(edits.set_parameters(small(), "conv1", kernel_size=5)).splitlines()
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_the_schema_version_is_the_first_key():
    assert dumps(small()).splitlines()[1].strip() == '"schema_version": 4,'


def test_a_node_without_a_place_is_laid_out():
    raw = document()
    for node in raw["nodes"].values():
        del node["at"]
    places = loads(json.dumps(raw)).placement
    assert places == {"input1": (0, 0), "conv1": (300, 0), "output1": (600, 0)}


def test_a_file_cut_short_anywhere_is_refused():
    text = dumps(small()).rstrip()
    for length in range(len(text)):
        refusal(text[:length])


def test_a_file_cut_in_the_middle_of_a_letter_is_refused(tmp_path):
    data = dumps(small()).encode()
    path = tmp_path / "cut.convo"
    path.write_bytes(data[: data.index("è".encode()) + 1])
    with pytest.raises(StorageError, match=r"cut\.convo cannot be opened: byte \d+ is not UTF-8"):
        load(path)


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_bytes_of_any_kind_are_refused(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "binary.convo"
    path.write_bytes(data)
    with pytest.raises(StorageError, match=r"^.*binary\.convo cannot be opened: .*\.$"):
        load(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(JSON, st.data())
@settings(max_examples=200, deadline=None)
def test_any_value_in_any_place_is_read_or_refused_with_a_sentence(value, data):
    raw = json.loads(dumps(data.draw(st.sampled_from([small(), nested()]))))
    at = raw
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = data.draw(st.sampled_from(keys))
        inside = isinstance(at[key], (dict, list)) and at[key]
        if not inside or data.draw(st.booleans()):
            break
        at = at[key]
    at[key] = value
    try:
        project = loads(json.dumps(raw))
    except StorageError as error:
        assert str(error)
    else:
        assert loads(dumps(project)) == project


HOSTILE = {
    ("nodes", "conv1", "kernel_size"): [
        (True, "nodes.conv1.kernel_size must be"),
        (3.0, "nodes.conv1.kernel_size must be"),
        ("3", "nodes.conv1.kernel_size must be"),
        ([3], "nodes.conv1.kernel_size must be"),
        ([1, 2, 3], "nodes.conv1.kernel_size must be"),
        (-1, "nodes.conv1.kernel_size must be"),
        (10**30, "nodes.conv1.kernel_size must be"),
        (None, "nodes.conv1.kernel_size must be"),
        ([[0] * 10_000], "nodes.conv1.kernel_size must be"),
    ],
    ("nodes", "conv1", "kernel"): [(3, "nodes.conv1.kernel is no parameter of Conv2d")],
    ("nodes", "conv1", "__class__"): [(3, "nodes.conv1.__class__ is no parameter of Conv2d")],
    ("nodes", "conv1", "kind"): [
        ("Conv9d", "nodes.conv1.kind is 'Conv9d', .*did you mean Conv2d"),
        ("__class__", "nodes.conv1.kind is '__class__', which is no layer"),
        ("Layer", "nodes.conv1.kind is 'Layer', which is no layer"),
        (None, "nodes.conv1.kind is missing"),
        (7, "nodes.conv1.kind must be text"),
    ],
    ("nodes", "conv1", "at"): [
        ([1], "nodes.conv1.at must be two numbers"),
        ([True, 0], "nodes.conv1.at must be two numbers"),
        ([1e300, 0], "nodes.conv1.at must be two numbers"),
        ([10**400, 0], "nodes.conv1.at must be two numbers"),
        ({"x": 1}, "nodes.conv1.at must be two numbers"),
    ],
    ("nodes", "conv1", "title"): [
        (1, "nodes.conv1.title must be text"),
        ("a\nb", "nodes.conv1.title must be one line"),
        ("\ud800", "nodes.conv1.title must be one line"),
        ("x" * 300, "nodes.conv1.title must have at most 200"),
    ],
    ("nodes", "conv1", "when"): [("True", "nodes.conv1.when has a meaning inside a block only")],
    ("nodes", "conv1", "expressions"): [
        ({"bias": "True"}, "nodes.conv1.expressions.bias has a meaning inside a block only")
    ],
    ("nodes", "conv1"): [
        ([], "nodes.conv1 must be an object"),
        ({"block": "Unit"}, "nodes.conv1.block is 'Unit', which is no block"),
    ],
    ("nodes", "class"): [({"kind": "ReLU"}, "nodes.class is a word")],
    ("nodes", "__class__"): [({"kind": "ReLU"}, "nodes.__class__ must start with a letter")],
    ("nodes", "forward"): [({"kind": "ReLU"}, "nodes.forward is what every PyTorch module")],
    ("nodes", "сonv"): [({"kind": "ReLU"}, "nodes.сonv must start with a letter")],
    ("nodes", "a b\n"): [({"kind": "ReLU"}, r"nodes.'a b\\n' must start with a letter")],
    ("nodes",): [(None, "nodes must be an object"), ([], "nodes must be an object")],
    ("links",): [
        (None, "links must be a list"),
        ([["input1"]], r"links\[0\] must be \[source, target\]"),
        ([["input1", "conv1", 0]], r"links\[0\] must be"),
        ([["input1", "conv1", False, 0]], r"links\[0\] must be"),
        ([["input1", "nowhere"]], r"links\[0\] joins 'nowhere', which is no node"),
        ([["input1", "conv1", 1, 0]], r"links\[0\] starts at output number 1"),
        ([["input1", "conv1", 0, -1]], r"links\[0\] ends at input number -1"),
        ([["input1", "conv1"], ["input1", "conv1"]], r"links\[1\] feeds input number 0 of conv1"),
        ([["input1", "conv1"], ["conv1", "conv1"]], r"links\[1\] feeds input number 0 of conv1"),
        ([["conv1", "conv1"]], "links make a cycle through conv1"),
    ],
    ("recipe", "epochs"): [(0, "recipe.epochs must be"), (True, "recipe.epochs must be")],
    ("recipe", "optimizer"): [
        ({"kind": "Lion"}, "recipe.optimizer.kind is 'Lion'"),
        ({"kind": "SGD", "learning_rate": "fast"}, "recipe.optimizer.learning_rate must be"),
        ({"kind": "SGD", "beta1": 0.5}, "recipe.optimizer.beta1 is no parameter of SGD"),
    ],
    ("recipe", "augmentations"): [
        ({"kind": "Shift"}, "recipe.augmentations must be a list in brackets, not dict"),
        (["Shift"], r"recipe.augmentations\[0\] must be an object in braces"),
        ([{"kind": "Shft"}], r"recipe.augmentations\[0\].kind is 'Shft', .* did you mean Shift"),
        (
            [{"kind": "Cutout"}, {"kind": "Shift", "pixels": 0}],
            r"recipe.augmentations\[1\].pixels must be a whole number from 1",
        ),
        (
            [{"kind": "Shift", "size": 3}],
            r"recipe.augmentations\[0\].size is no parameter of Shift",
        ),
        ([{"kind": "Cutout"}] * 2, "recipe.augmentations have Cutout twice"),
        ([{"kind": "Mixup"}, {"kind": "Shift"}], "recipe.augmentations have Shift after Mixup"),
    ],
    ("data", "url"): [("x", "data.url is no field")],
    ("data", "name"): [(3, "data.name must be text")],
    ("name",): [(3, "name must be text")],
    ("extra",): [(3, "extra is no field")],
    ("blocks",): [
        ({"Conv2d": {"nodes": {}, "links": []}}, "blocks.Conv2d is the name of a layer"),
        ({"a-b": {"nodes": {}, "links": []}}, "blocks.'a-b' must start with a letter"),
        ({"Unit": {"nodes": {}}}, "blocks.Unit.links is missing"),
        (
            {"Unit": {"nodes": {"u": {"block": "Unit"}}, "links": []}},
            "blocks.Unit is inside itself",
        ),
        (
            {"Unit": {"nodes": {"r": {"kind": "ReLU", "when": "width > 1"}}, "links": []}},
            "blocks.Unit.nodes.r.when uses width",
        ),
        (
            {"Unit": {"nodes": {"r": {"kind": "ReLU", "when": "open()"}}, "links": []}},
            "blocks.Unit.nodes.r.when",
        ),
        (
            {"Unit": {"parameters": {"class": 1}, "nodes": {}, "links": []}},
            "blocks.Unit.parameters.class is a word",
        ),
        (
            {"Unit": {"parameters": {"w": {}}, "nodes": {}, "links": []}},
            "blocks.Unit.parameters.w must be a number",
        ),
    ],
}


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [(path, *case) for path, cases in HOSTILE.items() for case in cases],
)
def test_what_the_format_does_not_allow_is_named_with_its_path(path, value, sentence):
    raw = document()
    at = raw
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = copy.deepcopy(value)
    assert re.match(sentence, refusal(raw))


def test_all_problems_of_a_file_are_kept_with_their_paths():
    raw = document()
    raw["nodes"]["conv1"]["kernel_size"] = 0
    raw["recipe"]["epochs"] = 0
    with pytest.raises(StorageError, match=r"\(1 more problem after it\)") as caught:
        loads(json.dumps(raw))
    assert [path for path, _ in caught.value.problems] == [
        "nodes.conv1.kernel_size",
        "recipe.epochs",
    ]


def test_blocks_that_multiply_beyond_measure_are_refused_before_they_are_opened():
    blocks = {"B0": {"nodes": {"r": {"kind": "ReLU"}}, "links": []}}
    for number in range(1, 40):
        two = {name: {"block": f"B{number - 1}"} for name in "ab"}
        blocks[f"B{number}"] = {"nodes": two, "links": []}
    raw = document() | {"blocks": blocks}
    assert "at most 100,000" in refusal(raw)


def test_a_gap_in_the_inputs_of_a_variadic_layer_is_refused():
    raw = document()
    raw["nodes"]["add1"] = {"kind": "Add"}
    raw["links"].append(["input1", "add1", 0, 2])
    assert "gap in the inputs of add1" in refusal(raw)


def test_a_saved_file_is_read_from_the_disk(tmp_path):
    path = tmp_path / "Ordner mit Raum" / "größe.convo"
    path.parent.mkdir()
    save(small(), path)
    assert load(path) == small()
    assert [item.name for item in path.parent.iterdir()] == ["größe.convo"]


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "mark.convo"
    path.write_text("\ufeff" + dumps(small()), encoding="utf-8")
    assert load(path) == small()


def test_a_file_that_is_too_large_is_refused(tmp_path):
    path = tmp_path / "large.convo"
    with path.open("wb") as file:
        file.truncate(65 * 2**20)
    with pytest.raises(StorageError, match="larger than 64 MB"):
        load(path)


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(StorageError, match="it is a folder"):
        load(tmp_path)
    with pytest.raises(StorageError, match="no such file"):
        load(tmp_path / "missing.convo")
    with pytest.raises(StorageError, match="not a path"):
        load("a\0b")
    with pytest.raises(StorageError, match="no such file or folder"):
        save(small(), tmp_path / "missing" / "a.convo")
    with pytest.raises(StorageError, match=r"cannot be saved: it is a folder"):
        save(small(), tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.convo")
    with pytest.raises(StorageError, match="it is not a file"):
        load(tmp_path / "pipe.convo")
    with pytest.raises(StorageError, match="it is not a file"):
        load("/dev/null")


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
def test_a_saved_file_keeps_its_permissions_and_the_link_to_it(tmp_path):
    path, link = tmp_path / "real.convo", tmp_path / "link.convo"
    save(small(), path)
    path.chmod(0o640)
    link.symlink_to(path)
    save(edits.set_name(small(), "Anew"), link)
    assert link.is_symlink()
    assert load(path).name == "Anew"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "kept.convo"
    save(small(), path)
    before = path.read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", full)
    with pytest.raises(StorageError, match=r"kept\.convo cannot be saved: no space left"):
        save(Project("other"), path)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["kept.convo"]


def test_a_file_of_version_1_is_read_as_trained_by_cross_entropy():
    project = small()
    loss = (
        '{"kind": "CrossEntropyLoss", "label_smoothing": 0.0, "balanced": false, '
        '"class_weights": null}'
    )
    now = dumps(project)
    assert loss in now
    before = now.replace('"schema_version": 4', '"schema_version": 1')
    assert loads(before.replace(loss, '"cross-entropy"')) == project
    assert loads(before.replace(f'    "loss": {loss},\n', "")) == project
    with pytest.raises(StorageError, match=r"recipe\.loss must be an object"):
        loads(before.replace(loss, '"absolute"'))


@pytest.mark.parametrize(("word", "kind"), [("constant", Constant), ("cosine", CosineAnnealingLR)])
def test_a_file_of_version_2_is_read_with_the_schedule_that_its_word_meant(word, kind):
    project = small()
    schedule = '{"kind": "CosineAnnealingLR", "warmup": 0.0, "eta_min": 0.0}'
    now = dumps(project)
    assert schedule in now
    before = now.replace('"schema_version": 4', '"schema_version": 2')
    read = loads(before.replace(schedule, f'"{word}"'))
    assert read == replace(project, recipe=replace(project.recipe, schedule=kind()))
    with pytest.raises(StorageError, match=r"recipe\.schedule must be an object"):
        loads(before.replace(schedule, '"stairs"'))


def test_nesterov_without_momentum_which_version_2_passed_over_is_taken_out():
    sgd = replace(small().recipe, optimizer=SGD(momentum=0.0))
    text = dumps(replace(small(), recipe=sgd)).replace('"nesterov": false', '"nesterov": true')
    with pytest.raises(StorageError, match=r"recipe\.optimizer\.nesterov wants a momentum"):
        loads(text)
    before = text.replace('"schema_version": 4', '"schema_version": 2')
    assert loads(before).recipe.optimizer == SGD(momentum=0.0)


def test_a_file_of_version_3_is_read_without_augmentations():
    text = dumps(small())
    assert '    "augmentations": [],\n' in text
    before = text.replace('"schema_version": 4', '"schema_version": 3')
    assert loads(before.replace('    "augmentations": [],\n', "")) == small()


def test_augmentations_are_one_a_line_in_their_order():
    items = (Rotation(degrees=5), Shift(border="black"), Mixup())
    project = replace(small(), recipe=replace(small().recipe, augmentations=items))
    lines = dumps(project).splitlines()
    begin = lines.index('    "augmentations": [')
    assert lines[begin + 2] == '      {"kind": "Shift", "pixels": 4, "border": "black"},'
    assert loads(dumps(project)) == project


def test_an_unknown_loss_is_named_with_one_like_it():
    text = dumps(small()).replace("CrossEntropyLoss", "CrossEntropy")
    with pytest.raises(StorageError, match="no loss that this version knows; did you mean Cross"):
        loads(text)
