"""What layers with kernels share: channels, groups, weights and their arithmetic."""

from __future__ import annotations

from math import gcd, prod

from engine.fields import Flag, Integer, Value
from engine.layers.base import Change, Line, ShapeError, Tensor
from engine.layers.shapes import pair
from engine.layers.writing import count

OUT_CHANNELS = Integer(
    help="How many maps come out, each with kernels of its own; 'same' makes as many as go in.",
    unit="maps",
    low=1,
    high=65_536,
    words=("same",),
)
GROUPS = Integer(
    help="Split the maps into this many groups that do not see each other; "
    "'depthwise' makes every input map a group of its own.",
    unit="groups",
    low=1,
    high=65_536,
    words=("depthwise",),
)
BIAS = Flag(help="Add a learned number to every output map.")


def out_channels(value: Value, channels: int) -> int:
    """The number of output maps; 'same' is that of the input."""
    return value if isinstance(value, int) else channels


def out_caption(value: Value) -> str:
    """The number of output maps as a caption says it."""
    return count(value, "map") if isinstance(value, int) else "same maps"


def group_count(groups: Value, channels: int) -> int:
    """The number of groups; 'depthwise' is one for each input map."""
    return groups if isinstance(groups, int) else channels


def check_groups(groups: Value, channels: int, out: int) -> None:
    """Raise `ShapeError` where the number of groups does not divide both numbers of maps."""
    number = group_count(groups, channels)
    if channels % number == 0 and out % number == 0:
        return
    common = gcd(channels, out)
    fitting = max(part for part in range(1, min(number, common) + 1) if common % part == 0)
    multiple = max(1, round(out / number)) * number
    repairs = [Change(f"Set groups to {fitting}", (("groups", fitting),))]
    if channels % number == 0:
        repairs.append(
            Change(f"Set out channels to {multiple:,}", (("out_channels", multiple),)),
        )
        disagreement = f"{out:,} output maps cannot be split into {number:,} equal groups"
        hint = f"take {multiple:,} output maps or {count(fitting, 'group')}"
    else:
        disagreement = (
            f"{count(channels, 'input map')} cannot be split into {number:,} equal groups"
        )
        hint = f"take a number of groups that divides {channels:,} and {out:,}, such as {fitting:,}"
    raise ShapeError("groups", f"has groups that do not divide: {disagreement}", hint, repairs)


def weights(weight: tuple[int, ...], out: int, bias: bool) -> dict[str, Tensor]:
    """The tensors of a convolution: its kernels and, with `bias`, a number for each output map."""
    tensors = {"weight": Tensor(weight)}
    if bias:
        tensors["bias"] = Tensor((out,))
    return tensors


def weight_lines(
    kernel_size: Value,
    channels: int,
    groups: int,
    out: int,
    bias: bool,
    positions: tuple[int, int],
    macs: int,
) -> tuple[Line, ...]:
    """Parameters and multiplications with their numbers: `(5 × 5 × 6 + 1) × 16 = 2,416`."""
    height, width = pair(kernel_size)
    seen = f"({channels} / {groups})" if groups > 1 else f"{channels}"
    taps = f"{height} × {width} × {seen}"
    each = prod((height, width, channels)) // groups
    total = (each + bias) * out
    parameters = f"({taps} + 1) × {out} = {total:,}" if bias else f"{taps} × {out} = {total:,}"
    return (
        Line("Parameters", parameters),
        Line("Multiplications", f"{taps} × {out} × {positions[0]} × {positions[1]} = {macs:,}"),
    )
