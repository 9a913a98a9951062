"""What layers refuse, in which words, and which repairs they offer."""

from __future__ import annotations

import pytest

from engine.fields import ParameterError
from engine.layers.base import Change, Indices, Insert, Remove, Shape, ShapeError
from engine.layers.catalogue import kinds, layer


def refusal(kind: str, *shapes: Shape, **values: object) -> ShapeError:
    """The refusal of a layer with these values and input shapes."""
    with pytest.raises(ShapeError) as caught:
        layer(kind, **values).outputs(*shapes)  # type: ignore[arg-type]
    return caught.value


def test_a_linear_after_a_map_offers_to_insert_flatten() -> None:
    error = refusal("Linear", (16, 5, 5), out_features=120)
    assert error.message == "needs a vector of features but gets maps of 16×5×5"
    assert error.repairs == (Insert("Insert Flatten", "Flatten"),)


def test_a_convolution_after_a_vector_offers_a_reshape_that_fits() -> None:
    error = refusal("Conv2d", (784,))
    assert error.repairs == (
        Insert("Insert Reshape to 1×28×28", "Reshape", (("shape", (1, 28, 28)),)),
    )


def test_features_are_normalised_as_maps_of_one_number() -> None:
    (repair,) = refusal("BatchNorm2d", (120,)).repairs
    assert repair == Insert("Insert Reshape to 120×1×1", "Reshape", (("shape", (120, 1, 1)),))


def test_a_kernel_larger_than_its_input_offers_padding_and_a_smaller_kernel() -> None:
    error = refusal("Conv2d", (6, 3, 3), kernel_size=5)
    assert error.parameter == "kernel_size"
    assert str(error) == (
        "has a window of 5×5, larger than its padded input of 3×3; "
        "pad by 1×1 or take a kernel of at most 3×3."
    )
    assert [repair.label for repair in error.repairs] == [
        "Set padding to 1×1",
        "Set kernel size to 3×3",
        "Remove this layer",
    ]


def test_a_dilated_kernel_is_refused_by_its_reach() -> None:
    error = refusal("Conv2d", (1, 4, 9), kernel_size=3, dilation=2)
    assert "a window of 5×5 (3×3 spread by its dilation)" in error.message


def test_groups_that_do_not_divide_are_changed_to_ones_that_do() -> None:
    error = refusal("Conv2d", (6, 8, 8), out_channels=16, groups=3)
    assert "16 output maps cannot be split into 3 equal groups" in error.message
    assert error.repairs == (
        Change("Set groups to 2", (("groups", 2),)),
        Change("Set out channels to 15", (("out_channels", 15),)),
    )
    assert "6 input maps" in refusal("Conv2d", (6, 8, 8), out_channels=16, groups=4).message


def test_same_padding_with_a_stride_offers_a_number_instead() -> None:
    error = refusal("Conv2d", (3, 8, 8), padding="same", stride=2)
    assert error.parameter == "padding"
    assert Change("Set padding to 1×1", (("padding", 1),)) in error.repairs


@pytest.mark.parametrize(("mode", "most"), [("reflect", 3), ("circular", 4)])
def test_a_padding_mode_fills_no_more_than_its_input_holds(mode: str, most: int) -> None:
    conv = layer("Conv2d", padding_mode=mode, padding=most)
    assert conv.outputs((1, 4, 4))
    error = refusal("Conv2d", (1, 4, 4), padding_mode=mode, padding=most + 1)
    assert error.parameter == "padding_mode"


def test_a_pooling_pads_by_at_most_half_of_its_kernel() -> None:
    error = refusal("MaxPool2d", (1, 8, 8), kernel_size=3, padding=2)
    assert error.parameter == "padding"
    assert error.repairs == (Change("Set padding to 1×1", (("padding", 1),)),)


def test_a_maximum_over_padding_alone_is_refused() -> None:
    error = refusal("MaxPool2d", (1, 2, 2), kernel_size=2, padding=1, dilation=3, stride=1)
    assert error.parameter == "dilation"
    assert "read nothing but padding" in error.message


def test_a_padding_that_cuts_all_of_a_transposed_convolution_is_refused() -> None:
    error = refusal("ConvTranspose2d", (1, 1, 1), kernel_size=2, padding=1)
    assert error.parameter == "padding"
    assert error.repairs == (Change("Set padding to 0×0", (("padding", 0),)),)


def test_branches_with_other_channels_are_added_through_a_convolution() -> None:
    error = refusal("Add", (64, 8, 8), (32, 16, 16))
    assert error.port == 1
    assert "64 maps and 32 maps" in error.message
    (repair,) = error.repairs
    assert isinstance(repair, Insert)
    assert repair.kind == "Conv2d"
    assert dict(repair.values) == {"out_channels": 64, "kernel_size": 1, "stride": (2, 2)}


def test_branches_of_other_sizes_are_joined_through_upsampling_or_pooling() -> None:
    assert [
        r.kind for r in refusal("Add", (8, 8, 8), (8, 4, 4)).repairs if isinstance(r, Insert)
    ] == ["Upsample"]
    assert [
        r.kind for r in refusal("Concat", (8, 8, 8), (9, 11, 12)).repairs if isinstance(r, Insert)
    ] == ["AdaptiveAvgPool2d"]


def test_a_gate_of_one_number_for_each_map_is_multiplied_everywhere() -> None:
    assert layer("Multiply").outputs((16, 8, 8), (16, 1, 1)) == ((16, 8, 8),)


def test_a_vector_that_meets_maps_is_offered_a_reshape() -> None:
    error = refusal("Multiply", (16, 8, 8), (16,))
    assert error.repairs == (
        Insert("Insert Reshape to 16×1×1", "Reshape", (("shape", (16, 1, 1)),)),
    )


@pytest.mark.parametrize("kind", ["Add", "Concat", "Multiply"])
def test_a_merge_of_one_branch_asks_for_another(kind: str) -> None:
    assert "gets 1" in refusal(kind, (8, 8, 8)).message


@pytest.mark.parametrize(
    ("kind", "shape"),
    [("InstanceNorm2d", (8, 1, 1)), ("GroupNorm", (4, 1, 1)), ("LayerNorm", (1,))],
)
def test_a_single_value_is_not_normalised(kind: str, shape: Shape) -> None:
    error = refusal(kind, shape)
    assert "single value" in error.message
    assert error.repairs == (Remove("Remove this layer"),)


def test_a_softmax_of_one_score_is_refused() -> None:
    assert "a single value" in refusal("Softmax", (1,)).message


def test_indices_are_no_values() -> None:
    _, indices = layer("MaxPool2d", return_indices=True).outputs((4, 8, 8))
    assert isinstance(indices, Indices)
    for kind, declared in kinds().items():
        # An Output hands them out of a block; that of the whole network is refused by the analysis.
        if declared.ports_in == ("input",) and not declared.variadic and kind != "Output":
            assert "positions and not values" in refusal(kind, indices).message
    assert refusal("Add", (4, 4, 4), indices).port == 1
    assert refusal("MaxUnpool2d", (4, 4, 4), (4, 4, 4)).port == 1


def test_an_unpooling_that_does_not_match_is_given_the_parameters_of_its_pooling() -> None:
    shapes = layer("MaxPool2d", kernel_size=3, stride=3, return_indices=True).outputs((4, 9, 9))
    error = refusal("MaxUnpool2d", *shapes)
    assert error.parameter == "kernel_size"
    (repair,) = error.repairs
    assert isinstance(repair, Change)
    assert dict(repair.values) == {"kernel_size": 3, "stride": 3, "padding": 0}


def test_a_shape_of_two_numbers_is_no_image() -> None:
    error = refusal("Input", shape=(28, 28))
    assert error.repairs == (Change("Set shape to 1×28×28", (("shape", (1, 28, 28)),)),)


def test_absurd_sizes_are_refused_with_a_sentence() -> None:
    absurd = [
        ("Input", (), {"shape": (1_000_000, 1_000_000, 1_000_000)}),
        ("Conv2d", ((65_536, 2_000, 2_000),), {"out_channels": 65_536, "kernel_size": 1000}),
        (
            "ConvTranspose2d",
            ((1, 1000, 1000),),
            {"stride": 1000, "kernel_size": 1000, "out_channels": 9},
        ),
        ("LocallyConnected2d", ((64, 1000, 1000),), {"out_channels": 10_000}),
        ("Linear", ((10_000_000,),), {"out_features": 1_000_000}),
        ("AdaptiveAvgPool2d", ((65_536, 1, 1),), {"output_size": 10_000}),
        ("Upsample", ((3, 1000, 1000),), {"scale_factor": 1000}),
        ("ZeroPad2d", ((65_536, 1, 1),), {"left": 10_000, "top": 10_000}),
    ]
    for kind, shapes, values in absurd:
        message = refusal(kind, *shapes, **values).message
        assert "more than the 1,000,000,000,000 that are allowed" in message, kind


def test_values_outside_their_range_are_refused_by_name() -> None:
    for kind, values, parameter in (
        ("Linear", {"out_features": 0}, "out_features"),
        ("AdaptiveAvgPool2d", {"output_size": 0}, "output_size"),
        ("Conv2d", {"kernel_size": (3, 0)}, "kernel_size"),
        ("Conv2d", {"bias": 1}, "bias"),
        ("Dropout", {"p": 1}, "p"),
        ("BatchNorm2d", {"eps": float("nan")}, "eps"),
        ("Upsample", {"mode": "cubic"}, "mode"),
        ("PReLU", {"num_parameters": 2}, "num_parameters"),
        ("ReLU", {"inplace": True}, "inplace"),
    ):
        with pytest.raises(ParameterError) as caught:
            layer(kind, **values)  # type: ignore[arg-type]
        assert caught.value.parameter == parameter
