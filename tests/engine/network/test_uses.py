"""Blocks inside blocks: which, how many nodes, how deep."""

from __future__ import annotations

import pytest

from engine.analysis import analyse
from engine.codegen import write
from engine.network import grouping, storage
from engine.network.errors import EditError, StorageError
from engine.network.network import Block, Instance, Network, Node
from engine.network.project import Project
from engine.network.uses import DEEPEST, inner_first, size, within
from tests.engine.network.test_grouping import chain


def tower(height: int) -> Network:
    """Blocks B0 to B<height - 1>, each with two instances of the one before it."""
    blocks = {
        f"B{number}": Block(
            Network({key: Node(Instance(f"B{number - 1}")) for key in "ab"} if number else {})
        )
        for number in reversed(range(height))
    }
    return Network(blocks=blocks)


def test_inner_blocks_come_first():
    assert inner_first(tower(4).blocks) == ("B0", "B1", "B2", "B3")
    assert within(tower(4).blocks, "B2") == {"B0", "B1"}


def test_a_block_inside_itself_is_left_out_with_what_holds_it():
    network = tower(3)
    circle = Block(Network({"a": Node(Instance("B1"))}))
    assert inner_first({**network.blocks, "B0": circle}) == ()


def test_nodes_are_counted_as_often_as_they_are_applied():
    assert size(tower(4)) == (2 + 4 + 8, 3)
    assert size(chain("Conv2d", "ReLU").network) == (2, 0)


def test_blocks_nest_as_deep_as_can_be_worked_with_and_no_deeper():
    project = chain("Input", "Conv2d", "Output")
    name = "conv1"
    before = analyse(project).parameters
    for _ in range(DEEPEST):
        project, name = grouping.group(project, [name])
    with pytest.raises(EditError, match="31 blocks deep; at most 30"):
        grouping.group(project, [name])
    assert analyse(project).parameters == before
    assert write(project).tensors
    assert storage.loads(storage.dumps(project)) == project
    assert len(grouping.unpack_all(project).network.nodes) == 3


def test_a_file_with_a_tower_of_blocks_is_refused_however_high():
    for height in (40, 3000):
        text = storage.dumps(Project(network=tower(height)))
        with pytest.raises(StorageError, match=r"nodes (come to|are nested)"):
            storage.loads(text)
