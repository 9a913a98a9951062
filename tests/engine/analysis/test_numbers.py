"""Parameters, multiply-accumulates and receptive fields of networks that everyone knows."""

from __future__ import annotations

from engine.analysis import analyse
from engine.cli.bench_analysis import RESNET152, resnet
from engine.layers.base import Indices, Layer
from engine.network import edits
from engine.network.network import Link
from engine.network.project import Project
from tests.engine.analysis.drawing import (
    FLATTEN,
    OUTPUT,
    RELU,
    conv,
    dense,
    grow,
    image,
    layer,
    lenet5,
    pool,
    row,
)


def test_lenet5_has_the_shapes_of_the_paper() -> None:
    analysis = analyse(lenet5())
    assert analysis.valid and not analysis.problems
    shapes = [analysis.nodes[name].outputs[0] for name in analysis.order]
    assert shapes == [
        *((1, 32, 32), (6, 28, 28), (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 10, 10)),
        *((16, 5, 5), (120, 1, 1), (120, 1, 1), (120,), (84,), (84,), (10,), (10,)),
    ]


def test_lenet5_has_61706_parameters_and_416520_multiplications() -> None:
    analysis = analyse(lenet5())
    assert analysis.parameters == 61_706
    assert analysis.macs == 416_520
    assert analysis.nodes["conv2"].parameters == (5 * 5 * 6 + 1) * 16
    assert analysis.nodes["conv1"].macs == 5 * 5 * 28 * 28 * 6


def test_memory_is_four_bytes_for_every_number_that_a_layer_gives_out() -> None:
    analysis = analyse(lenet5())
    assert analysis.nodes["conv1"].memory == 4 * 6 * 28 * 28
    assert analysis.nodes["output1"].memory == 0
    numbers = [
        *(1024, 4704, 4704, 1176, 1600, 1600, 400),
        *(120, 120, 120, 84, 84, 10),
    ]
    assert analysis.memory == 4 * sum(numbers)


def test_lenet5s_receptive_fields_grow_to_the_whole_image() -> None:
    analysis = analyse(lenet5())
    sizes = {
        name: (field.size[0], field.stride[0])
        for name in analysis.order
        if (field := analysis.receptive(name)) is not None
    }
    assert sizes["input1"] == (1, 1)
    assert sizes["conv1"] == (5, 1)
    assert sizes["pool1"] == (6, 2)
    assert sizes["conv2"] == (14, 2)
    assert sizes["pool2"] == (16, 4)
    assert sizes["conv3"] == (32, 4)
    assert sizes["dense1"] == sizes["output1"] == (32, 0)


def test_vgg16s_last_pool_sees_212_pixels_32_apart() -> None:
    layers: list[Layer] = [image(3, 224, 224)]
    for channels, repeats in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        layers += [conv(channels, 3, padding=1), RELU] * repeats + [pool()]
    layers += [FLATTEN, dense(4096), RELU, dense(4096), RELU, dense(1000), OUTPUT]
    analysis = analyse(row(*layers))
    field = analysis.receptive("pool5")
    assert field is not None
    assert (field.size, field.stride, field.offset) == ((212, 212), (32, 32), (-90, -90))
    # Simonyan and Zisserman, 2015: 138 M parameters; torchvision counts 138,357,544 and 15.47 G.
    assert analysis.parameters == 138_357_544
    assert analysis.macs == 15_470_264_320


def test_alexnets_last_pool_sees_195_pixels_32_apart() -> None:
    analysis = analyse(
        row(
            *(image(3, 224, 224), conv(64, 11, stride=4, padding=2), RELU, pool(3, stride=2)),
            *(conv(192, 5, padding=2), RELU, pool(3, stride=2), conv(384, 3, padding=1), RELU),
            *(conv(256, 3, padding=1), RELU, conv(256, 3, padding=1), RELU, pool(3, stride=2)),
            *(FLATTEN, dense(4096), RELU, dense(4096), RELU, dense(1000), OUTPUT),
        )
    )
    field = analysis.receptive("pool3")
    assert field is not None and (field.size, field.stride) == ((195, 195), (32, 32))
    assert analysis.nodes["pool3"].outputs == ((256, 6, 6),)
    # torchvision's AlexNet.
    assert analysis.parameters == 61_100_840
    assert analysis.macs == 714_188_480


def test_resnet152_unpacked_has_torchvisions_count() -> None:
    project = resnet(RESNET152, classes=1000)
    analysis = analyse(project)
    assert len(project.network.nodes) == 517
    assert analysis.parameters == 60_192_808
    assert analysis.macs == 11_513_626_624
    # Araujo, Norris, Sim, 2019, table 1: 1507 with the stride in the first 1×1 of a bottleneck;
    # torchvision's has it in the 3×3.
    field = analysis.receptive("s3b2_relu")
    assert field is not None and field.stride == (32, 32)


def test_a_join_sees_what_all_of_its_branches_see() -> None:
    project = row(image(3, 32, 32), conv(8, 3, padding=1), conv(8, 5, padding=2))
    project = grow(project, layer("Add"), "conv1", "conv2")
    field = analyse(project).receptive("add1")
    assert field is not None
    assert (field.size, field.stride, field.offset) == ((7, 7), (1, 1), (-3, -3))


def test_branches_that_look_apart_are_covered_together() -> None:
    sides = {"left": 2, "right": 0, "top": 0, "bottom": 0}
    project = row(image(1, 9, 9), layer("ZeroPad2d", **sides))
    sides |= {"left": 0, "right": 2}
    project = grow(project, layer("ZeroPad2d", **sides), "input1")
    names = list(project.network.nodes)
    project = grow(project, layer("Concat"), *names[1:])
    analysis = analyse(project)
    assert analysis.nodes["concat1"].known
    field = analysis.receptive("concat1")
    assert field is not None and field.size == (1, 3) and field.offset == (0, -2)


def test_height_and_width_are_counted_apart() -> None:
    analysis = analyse(row(image(1, 20, 30), conv(4, (3, 5), stride=(2, 1), padding=(1, 0))))
    field = analysis.receptive("conv1")
    assert field is not None
    assert (field.size, field.stride, field.offset) == ((3, 5), (2, 1), (-1, 0))


def test_an_upsampled_unit_sees_the_pixel_it_repeats() -> None:
    analysis = analyse(row(image(1, 8, 8), pool(), layer("Upsample"), conv(1, 3, padding=1)))
    assert analysis.receptive("upsample1").size == (2, 2)  # pyright: ignore[reportOptionalMemberAccess]
    assert analysis.receptive("upsample1").stride == (1, 1)  # pyright: ignore[reportOptionalMemberAccess]
    assert analysis.receptive("conv1").size == (4, 4)  # pyright: ignore[reportOptionalMemberAccess]


def test_a_vector_has_no_receptive_field() -> None:
    analysis = analyse(row(image(20), dense(10), OUTPUT))
    assert analysis.receptive("dense1") is None


def test_what_is_unknown_has_no_receptive_field() -> None:
    analysis = analyse(row(image(1, 4, 4), conv(4, 9), RELU))
    assert analysis.receptive("conv1") is None
    assert analysis.receptive("relu1") is None
    assert analysis.receptive("nobody") is None
    assert analysis.receptive("input1") is not None


def test_the_indices_of_a_pooling_reach_its_unpooling() -> None:
    project = row(
        image(1, 8, 8), pool(return_indices=True), layer("Conv2d", out_channels=1, padding=1)
    )
    project = grow(project, layer("MaxUnpool2d", kernel_size=2), "conv1")
    project = edits.connect(project, Link("pool1", list(project.network.nodes)[-1], 1, 1))
    analysis = analyse(project)
    report = analysis.nodes[analysis.order[-1]]
    assert isinstance(report.inputs[1], Indices)
    assert report.outputs == ((1, 8, 8),)


def test_moving_and_naming_leave_the_analysis_as_it_is() -> None:
    project = lenet5()
    analysis = analyse(project)
    moved = edits.set_name(edits.move(project, {"conv1": (5, 5)}), "Mine")
    assert analyse(moved, analysis) is analysis


def test_an_empty_project_has_nothing_but_a_hint() -> None:
    analysis = analyse(Project())
    assert analysis.order == () and analysis.parameters == 0
    assert [item.message for item in analysis.problems] == [
        "The network is empty; drag an Input onto the canvas to begin."
    ]


def test_what_leads_to_no_output_counts_for_itself_alone() -> None:
    whole = row(image(1, 8, 8), FLATTEN, dense(10), OUTPUT)
    loose = grow(grow(whole, conv(16, 3), "input1"), RELU, "conv1")
    before, analysis = analyse(whole), analyse(loose)
    assert analysis.nodes["conv1"].parameters == 160
    assert (analysis.parameters, analysis.macs, analysis.memory) == (
        before.parameters,
        before.macs,
        before.memory,
    )
    assert analyse(loose, before).parameters == before.parameters


def test_a_network_that_is_still_without_its_output_counts_what_is_there() -> None:
    assert analyse(row(image(1, 8, 8), conv(16, 3))).parameters == 160
    unlinked = grow(row(image(1, 8, 8), conv(16, 3)), OUTPUT)
    assert analyse(unlinked).parameters == 160
