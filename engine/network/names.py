"""Names that may stand in source code, and text that may not: what each has to look like."""

from __future__ import annotations

import re
from collections.abc import Container
from keyword import iskeyword

from engine.layers import catalogue
from engine.network.expressions import IN_CHANNELS
from engine.network.network import Network

LONGEST_NAME = 64
LONGEST_TEXT = 200

MODULE_ATTRIBUTES = frozenset(
    re.findall(
        r"\w+",
        """
        T_destination add_module apply bfloat16 buffers call_super_init children compile
        cpu cuda double dump_patches eval extra_repr float forward get_buffer
        get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia
        named_buffers named_children named_modules named_parameters parameters
        register_backward_hook register_buffer register_forward_hook
        register_forward_pre_hook register_full_backward_hook
        register_full_backward_pre_hook register_load_state_dict_post_hook
        register_load_state_dict_pre_hook register_module register_parameter
        register_state_dict_post_hook register_state_dict_pre_hook requires_grad_
        set_extra_state set_submodule share_memory state_dict to to_empty train training
        type xpu zero_grad
        """,
    )
)
"""What every `torch.nn.Module` already calls something of its own."""

SOURCE_WORDS = frozenset({"self", "torch", "nn", "build", "super"})
"""What the generated file itself uses."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def name_problem(name: str, taken: Container[str] = ()) -> str:
    """Why `name` cannot name a node, as the end of a sentence; empty when it can."""
    if not _NAME.match(name):
        return "must start with a letter a-z and go on with letters, digits and _"
    if len(name) > LONGEST_NAME:
        return f"must have at most {LONGEST_NAME} characters, not {len(name):,}"
    if iskeyword(name) or name in SOURCE_WORDS:
        return "is a word that the generated Python needs itself"
    if name in MODULE_ATTRIBUTES:
        return "is what every PyTorch module calls something of its own"
    if name in taken:
        return "is the name of another node"
    return ""


def parameter_problem(name: str, taken: Container[str] = ()) -> str:
    """Why `name` cannot name a promoted parameter; empty when it can."""
    if name == IN_CHANNELS:
        return "stands for the channels that come in, in every block"
    problem = name_problem(name)
    return problem or ("is the name of another parameter" if name in taken else "")


def block_name_problem(name: str) -> str:
    """Why `name` cannot name a block, whose class it becomes; empty when it can."""
    if name in catalogue.kinds():
        return "is the name of a layer"
    return name_problem(name)


def text_problem(text: str, longest: int = LONGEST_TEXT) -> str:
    """Why `text` cannot be a title or a project's name; empty when it can."""
    if len(text) > longest:
        return f"must have at most {longest:,} characters, not {len(text):,}"
    if _CONTROL.search(text):
        return "must be one line of plain text without control characters"
    return ""


def new_name(network: Network, kind: str) -> str:
    """A free name for a node of `kind` (a layer's or a block's): `conv1`, `pool2`, `dense1`."""
    return free_name(stem(kind), network.nodes)


def free_name(root: str, taken: Container[str]) -> str:
    """`root` with the lowest number, from 1, that makes it free."""
    number = 1
    while f"{root}{number}" in taken or name_problem(f"{root}{number}"):
        number += 1
    return f"{root}{number}"


def stem(kind: str) -> str:
    """What nodes of a kind are called, without the number: the short word an engineer would use."""
    layer = catalogue.kinds().get(kind)
    word = kind
    if layer is not None and layer.family == "convolution":
        word = "conv"
    elif layer is not None and layer.family in ("pooling", "normalization"):
        word = re.findall(r"[A-Z][a-z]+", kind)[-1]
    elif layer is not None and layer.label:
        word = layer.label
    letters = "".join(re.findall(r"[a-z]+", word.removesuffix("2d").lower()))
    return letters[: LONGEST_NAME - 8] or "node"
