"""Messages: what is written is read again, and anything else is refused without a crash."""

from __future__ import annotations

import json
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.codegen.source import Place
from engine.workers import messages, wire
from engine.workers.messages import KINDS, Load, Observation, Observe, Pause, Refused, Start, State
from engine.workers.wire import ProtocolError, decode, encode

whole = st.integers(-(2**63), 2**63 - 1)


def observation() -> Observation:
    return Observation(
        number=7,
        node="conv1",
        sample=3,
        samples=1797,
        activation=np.arange(12, dtype=np.float32).reshape(1, 3, 4),
        image=np.arange(12, dtype=np.uint8).reshape(3, 2, 2),
        label=9,
        probabilities=np.array([0.25, 0.75], np.float32),
        thumbnails={"a": np.zeros((4, 2, 2), np.uint8), "b": np.ones((1, 1, 5), np.uint8)},
        weights="step 120",
        viewer="canvas",
    )


def framed(header: object, body: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(4, "big") + text + body


@given(
    st.one_of(
        st.builds(State, whole, st.booleans(), st.text(), number=whole),
        st.builds(Refused, st.text(), number=whole),
        st.builds(Start, st.text(), number=whole),
        st.builds(Observe, whole, st.text(), st.booleans(), st.text(), number=whole),
        st.builds(
            Load,
            st.text(),
            st.text(),
            st.dictionaries(st.text(), st.builds(Place, st.text(), st.text(), whole), max_size=4),
            st.lists(whole, max_size=4).map(tuple),
            st.text(),
            number=whole,
        ),
    )
)
def test_a_message_is_read_as_it_was_written(message: messages.Message) -> None:
    assert decode(encode(message)) == message


def test_an_observation_keeps_its_arrays_to_the_bit() -> None:
    sent = observation()
    read = decode(encode(sent))
    assert isinstance(read, Observation)
    for item in fields(sent):
        before, after = getattr(sent, item.name), getattr(read, item.name)
        if isinstance(before, np.ndarray):
            assert before.dtype == after.dtype
            np.testing.assert_array_equal(before, after)
        elif item.name == "thumbnails":
            assert list(before) == list(after)
            for name in before:
                np.testing.assert_array_equal(before[name], after[name])
        else:
            assert before == after


def test_an_array_that_is_not_contiguous_is_written_in_its_logical_order() -> None:
    turned = np.arange(6, dtype=np.float32).reshape(2, 3).T
    read = decode(encode(Observation("n", 0, 1, activation=turned)))
    assert isinstance(read, Observation)
    np.testing.assert_array_equal(read.activation, turned)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_of_field_has_a_reader(kind: type[messages.Message]) -> None:
    assert {str(item.type) for item in fields(kind)} <= set(wire._READERS)


@given(st.binary(max_size=400))
def test_any_bytes_give_a_message_or_a_protocol_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(data)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(st.sampled_from(sorted(KINDS)), st.data())
def test_headers_with_wrong_values_give_a_message_or_a_protocol_error(
    name: str, data: st.DataObject
) -> None:
    header = {"kind": name}
    for item in fields(KINDS[name]):
        header[item.name] = data.draw(junk)
    try:
        decode(framed(header, data.draw(st.binary(max_size=16))))
    except ProtocolError as error:
        assert str(error)


@given(st.data())
def test_a_damaged_message_gives_a_message_or_a_protocol_error(data: st.DataObject) -> None:
    raw = bytearray(encode(observation()))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    for damaged in (bytes(raw), bytes(raw[:cut])):
        try:
            decode(damaged)
        except ProtocolError as error:
            assert str(error)


@pytest.mark.parametrize(
    ("array", "says"),
    [
        ({"dtype": "object", "shape": [1]}, "dtype"),
        ({"dtype": "float32", "shape": [2**20, 8]}, "past the end"),
        ({"dtype": "float32", "shape": [2**62, 8]}, "cannot have the shape"),
        ({"dtype": "float32", "shape": [-1]}, "cannot have the shape"),
        ({"dtype": "float32", "shape": [1, 1, 1, 1, 1]}, "cannot have the shape"),
        ({"dtype": "float32", "shape": [0, 2**63 - 1]}, "cannot have the shape"),
        ({"dtype": "float32", "shape": "1"}, "no row"),
        ({"dtype": "float32"}, "lacks"),
        ([], "lacks"),
    ],
)
def test_an_array_that_cannot_be_is_refused(array: object, says: str) -> None:
    header = {"kind": "Observation", "number": 0, "node": "", "sample": 0, "samples": 1}
    empty = {"dtype": "float32", "shape": [0]}
    header |= {"activation": array, "image": empty, "label": 0, "probabilities": empty}
    header |= {"thumbnails": {}, "weights": "", "viewer": ""}
    with pytest.raises(ProtocolError, match=says):
        decode(framed(header))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "none"),
        (b"\xff\xff\xff\xff", "does not fit"),
        (framed([]), "no JSON object"),
        (framed({}), "no message"),
        (framed({"kind": "Shutdown", "number": 0}), "no message 'Shutdown'"),
        (framed({"kind": "Pause"}), "lacks number"),
        (framed({"kind": "Pause", "number": True}), "no whole number"),
        (framed({"kind": "Pause", "number": 2**63}), "no whole number"),
        (framed({"kind": "Pause", "number": 0, "now": 1}), "has no 'now'"),
        (framed({"kind": "Pause", "number": 0}, b"x"), "follow"),
        (b"\x00\x00\x00\x03NaN", "no JSON"),
        (b'\x00\x00\x00\x0d{"a":1,"a":2}', "twice"),
        (b"\x00\x01\x00\x00" + b"[" * 65536, "no JSON"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, says: str) -> None:
    with pytest.raises(ProtocolError, match=says):
        decode(data)


def test_a_message_that_is_too_big_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LIMIT", 1000)
    with pytest.raises(ProtocolError, match="exceeds"):
        encode(Refused("x" * 1000))


def test_objects_of_numpy_are_not_sent() -> None:
    with pytest.raises(ProtocolError, match="not sent"):
        encode(Observation("n", 0, 1, activation=np.array([object()])))


def test_a_command_is_small() -> None:
    assert len(encode(Pause())) < 64
