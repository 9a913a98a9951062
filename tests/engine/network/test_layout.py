"""The layout: no card on another, no link over a card where there is a way around, rows that read."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cli.bench_analysis import RESNET152, RESNET_5000, Drawing, chain, resnet
from engine.layers.catalogue import layer
from engine.network.layout import Cancelled, layout
from engine.network.network import Link, Network
from engine.network.project import Point
from tests.engine.network.drawing import projects

ROOT = Path(__file__).parents[3]
WIDTH, HEIGHT = 220.0, 92.0
Places = Mapping[str, Point]


def inception() -> Network:
    """GoogLeNet's block between an input and an output: four branches of one to two convolutions."""
    drawing = Drawing()
    image = drawing.put("image", layer("Input", shape=(3, 28, 28)))
    one = drawing.put("one", layer("Conv2d", kernel_size=1), image)
    reduced = drawing.put("reduce3", layer("Conv2d", kernel_size=1), image)
    three = drawing.put("three", layer("Conv2d", kernel_size=3, padding=1), reduced)
    reduced = drawing.put("reduce5", layer("Conv2d", kernel_size=1), image)
    five = drawing.put("five", layer("Conv2d", kernel_size=5, padding=2), reduced)
    pool = drawing.put("pool", layer("MaxPool2d", kernel_size=3, stride=1, padding=1), image)
    pooled = drawing.put("pooled", layer("Conv2d", kernel_size=1), pool)
    at = drawing.put("concat", layer("Concat"), one, three, five, pooled)
    drawing.put("scores", layer("Output"), at)
    return drawing.project("Inception").network


def residual() -> Network:
    """A residual block with a projection on its shortcut, then one without."""
    return resnet((1, 1)).network


def towers() -> Network:
    """Two towers that start at one image, meet half way, part again and end in one layer."""
    drawing = Drawing()
    image = drawing.put("image", layer("Input", shape=(3, 64, 64)))
    ends = [image, image]
    for stage in "pq":
        for number in range(3):
            ends = [
                drawing.put(f"{stage}{number}{tower}", layer("Conv2d"), end)
                for tower, end in zip("ab", ends, strict=True)
            ]
        met = drawing.put(f"{stage}met", layer("Concat"), *ends)
        ends = [met, met]
    drawing.put("scores", layer("Output"), met)
    return drawing.project("Towers").network


def heads() -> Network:
    """A trunk of convolutions with an auxiliary head that leads to an output of its own."""
    drawing = Drawing()
    at = fork = drawing.put("image", layer("Input", shape=(3, 64, 64)))
    for number in range(8):
        at = drawing.put(f"conv{number}", layer("Conv2d"), at)
        fork = at if number == 2 else fork
    drawing.put("scores", layer("Output"), at)
    at = drawing.put("aux", layer("Flatten"), fork)
    drawing.put("aux_scores", layer("Output"), at)
    return drawing.project("Heads").network


def overlaps(places: Places, sizes: Mapping[str, Point]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    cards = sorted(
        (x, y, *sizes.get(name, (WIDTH, HEIGHT)), name) for name, (x, y) in places.items()
    )
    for number, (x, y, width, height, name) in enumerate(cards):
        for u, v, _, other_height, other in cards[number + 1 :]:
            if u >= x + width:
                break
            if v < y + height and y < v + other_height:
                found.append((name, other))
    return found


def crossings(network: Network, places: Places) -> int:
    """How many pairs of links cross, drawn straight from card to card; those that share an end do not."""
    lines = []
    for link in network.links:
        (x, y), (u, v) = places[link.source], places[link.target]
        lines.append(((x + WIDTH, y), (u, v), {link.source, link.target}))
    return sum(
        _cross(a, b, c, d)
        for number, (a, b, ends) in enumerate(lines)
        for c, d, others in lines[number + 1 :]
        if not ends & others
    )


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def shape(places: Places) -> float:
    """How many times as wide as high."""
    xs, ys = zip(*places.values(), strict=True)
    return (max(xs) - min(xs) + WIDTH) / (max(ys) - min(ys) + HEIGHT)


@pytest.mark.parametrize("network", [inception(), residual(), towers(), heads()])
def test_a_network_that_can_be_drawn_without_crossings_is(network: Network) -> None:
    assert crossings_of_rows(network, layout(network, {})) == 0


@pytest.mark.parametrize("network", [inception(), residual(), towers(), heads(), chain(60).network])
def test_no_card_lies_on_another(network: Network) -> None:
    assert not overlaps(layout(network, {}), {})


def test_branches_lie_evenly_on_both_sides_of_what_joins_them() -> None:
    places = layout(inception(), {})
    axis = places["image"][1]
    rows = [places[name][1] - axis for name in ("one", "reduce3", "reduce5", "pool")]

    assert rows == [-rows[3], -rows[2], -rows[1], -rows[0]] and rows == sorted(rows)
    assert places["concat"][1] == places["scores"][1] == axis


def test_the_main_path_is_straight_and_the_shortcut_beside_it() -> None:
    places = layout(residual(), {})
    path = ["a", "a_bn", "a_relu", "b", "b_bn", "b_relu", "c", "c_bn", "add"]
    rows = {places[f"s0b0_{name}"][1] for name in path}

    assert len(rows) == 1
    assert places["s0b0_d"][1] == places["s0b0_d_bn"][1] > rows.pop()


def test_ports_of_one_path_are_on_one_line_whatever_the_height_of_the_cards() -> None:
    network = chain(11).network
    names = list(network.nodes)
    sizes = {name: (WIDTH, HEIGHT + 20 * (number % 3)) for number, name in enumerate(names)}
    middles = {name: 40.0 + number % 4 for number, name in enumerate(names)}
    places = layout(network, sizes, names[:4], middles=middles)

    assert len({places[name][1] + middles[name] for name in names[:4]}) == 1


def test_a_side_head_stays_in_the_row_where_it_begins() -> None:
    places = layout(heads(), {})

    assert places["aux"][0] > places["conv2"][0] and places["aux_scores"][0] > places["aux"][0]
    assert places["aux"][1] == places["aux_scores"][1] > places["conv2"][1]


@pytest.mark.parametrize("count", [20, 100, 600])
def test_a_long_chain_is_folded_into_rows_that_begin_at_the_left(count: int) -> None:
    network = chain(count).network
    places = layout(network, {})
    ordered = [places[name] for name in network.nodes]

    assert 1 <= shape(places) <= 3
    for (x, y), (u, v) in pairwise(ordered):
        assert (u > x and v == y) or (u == 0 and v > y)


def test_rows_end_where_a_stage_ends() -> None:
    drawing = Drawing()
    at = drawing.put("image", layer("Input", shape=(3, 64, 64)))
    for stage in range(4):
        for number in range(5):
            at = drawing.put(f"conv{stage}{number}", layer("Conv2d"), at)
        at = drawing.put(f"pool{stage}", layer("MaxPool2d"), at)
    drawing.put("scores", layer("Output"), at)
    places = layout(drawing.project("Stages").network, {})

    assert all(places[f"conv{stage}0"][0] == 0 for stage in (1, 2, 3))


def test_resnet_152_unpacked_is_laid_out_in_a_fifth_of_a_second_and_reads_like_a_page() -> None:
    network = resnet(RESNET152).network
    began = time.process_time()
    places = layout(network, {})
    took = time.process_time() - began

    assert not overlaps(places, {}) and crossings_of_rows(network, places) == 0
    assert shape(places) <= 3
    assert took < 0.4  # 0.05 s where nothing else runs


def test_five_thousand_nodes_are_laid_out_in_two_seconds() -> None:
    network = resnet(RESNET_5000).network
    began = time.process_time()
    places = layout(network, {})
    took = time.process_time() - began

    assert not overlaps(places, {})
    assert shape(places) <= 3
    assert took < 4.0  # 1.0 s where nothing else runs


def crossings_of_rows(network: Network, places: Places) -> int:
    """Crossings among the links that lead to the right."""
    onward = frozenset(
        link for link in network.links if places[link.target][0] > places[link.source][0]
    )
    return crossings(Network(network.nodes, onward), places)


def test_a_link_back_to_the_next_row_passes_no_card() -> None:
    network = resnet((2, 3, 2)).network
    places = layout(network, {})
    back = [link for link in network.links if places[link.target][0] < places[link.source][0]]

    assert back
    for link in back:
        # Half way between the cards that it joins, as the canvas draws it.
        level = (places[link.source][1] + HEIGHT + places[link.target][1]) / 2
        assert not [name for name, (_, y) in places.items() if y - 8 < level < y + HEIGHT + 8]


def test_a_selection_is_laid_out_where_it_is_and_the_rest_left_alone() -> None:
    network = inception()
    chosen = ["one", "reduce3", "three"]
    around = {"one": (1000.0, 500.0), "reduce3": (1300.0, 900.0), "three": (1020.0, 700.0)}
    places = layout(network, {}, chosen, around=around)

    assert set(places) == set(chosen)
    xs, ys = zip(*places.values(), strict=True)
    assert abs((min(xs) + max(xs)) / 2 - 1150) <= 10
    assert abs((min(ys) + max(ys)) / 2 - 700) <= 10


def test_parts_that_no_link_joins_lie_apart_and_single_nodes_in_a_row() -> None:
    drawing = Drawing()
    for part in "ab":
        at = drawing.put(f"image_{part}", layer("Input", shape=(3, 8, 8)))
        drawing.put(f"scores_{part}", layer("Output"), at)
    for number in range(3):
        drawing.put(f"alone{number}", layer("ReLU"))
    places = layout(drawing.project("Parts").network, {})

    assert not overlaps(places, {})
    assert len({places[f"alone{number}"][1] for number in range(3)}) == 1
    assert places["alone0"][1] > places["image_a"][1]


def test_a_network_with_a_cycle_is_laid_out_all_the_same() -> None:
    drawing = Drawing()
    at = drawing.put("a", layer("Conv2d"))
    at = drawing.put("b", layer("Conv2d"), at)
    at = drawing.put("c", layer("Conv2d"), at)
    drawing.links.add(Link("c", "a"))
    places = layout(drawing.project("Cycle").network, {})

    assert places["a"][0] < places["b"][0] < places["c"][0]


def test_nothing_at_all_has_no_layout() -> None:
    assert layout(Network(), {}) == {}


def test_a_layout_can_be_cancelled_and_tells_how_far_it_is() -> None:
    told: list[float] = []

    def note(done: float) -> bool:
        told.append(done)
        return True

    layout(inception(), {}, progress=note)
    assert told == sorted(told) and told[-1] == 1.0
    with pytest.raises(Cancelled):
        layout(inception(), {}, progress=lambda _: False)


def test_a_layout_does_not_depend_on_the_order_in_which_links_are_stored() -> None:
    network = residual()
    links = list(network.links)
    random.Random(1).shuffle(links)

    assert layout(network, {}) == layout(Network(network.nodes, frozenset(links)), {})


def test_a_layout_is_the_same_in_every_process() -> None:
    program = (
        "from engine.cli.bench_analysis import resnet\n"
        "from engine.network.layout import layout\n"
        "print(hash(tuple(sorted(layout(resnet((2, 2)).network, {}).values()))))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


@settings(max_examples=60, deadline=None)
@given(projects(most=14), st.integers(0, 3))
def test_any_network_gets_a_place_for_each_node_and_none_on_another(project, extra) -> None:
    network = project.network
    sizes = {
        name: (WIDTH - 40 * (number % 2), HEIGHT + 30 * extra * (number % 3))
        for number, name in enumerate(network.nodes)
    }
    places = layout(network, sizes)

    assert set(places) == set(network.nodes)
    assert not overlaps(places, sizes)
    assert places == layout(network, sizes)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 40), st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_random_acyclic_networks_lead_to_the_right_or_to_a_lower_row(
    count: int, seed: int, fan: int
) -> None:
    chance = random.Random(seed)
    drawing = Drawing()
    names = [drawing.put("n0", layer("Input", shape=(3, 8, 8)))]
    for number in range(1, count):
        feeds = [chance.choice(names[-6:]) for _ in range(chance.randint(1, fan))]
        names.append(drawing.put(f"n{number}", layer("Add"), *dict.fromkeys(feeds)))
    network = drawing.project("Random").network
    places = layout(network, {})

    assert not overlaps(places, {})
    for link in network.links:
        (x, y), (u, v) = places[link.source], places[link.target]
        assert u >= x + WIDTH or v >= y
