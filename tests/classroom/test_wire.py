"""What a message may hold is bounded before anything is built of it; what breaks a bound is one kind of error."""

import io
import json

import numpy as np
import pytest

from minigrad.classroom import wire

CODEC = wire.Codec(export=None, adopt=None, numbers=True)


def frame(data, length=None):
    return io.BytesIO((len(data) if length is None else length).to_bytes(4, "big") + data)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"[" * 101 + b"]" * 101, "more than 100 containers"),
        (b'{"a": [' + b"[]," * 200_000 + b"[]]}", "more than 200,000 elements"),
        (b'{"a": "' + b'\\"' * 10 + b'", "b": ' + b"[" * 101, "more than 100 containers"),
        (b"[1]", "not a message"),
        (b"{", "not a message"),
        (b"\xff", "not a message"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not a message"),
    ],
)
def test_a_message_out_of_bounds_is_refused_before_it_is_built(monkeypatch, data, why):
    if "more than" in why:
        monkeypatch.setattr(json, "loads", None)
    with pytest.raises(wire.WireError, match=why):
        wire.read(frame(data))


def test_a_length_out_of_bounds_is_not_read():
    with pytest.raises(wire.WireError, match="too long"):
        wire.read(frame(b"", length=wire.LIMIT + 1))
    assert wire.read(frame(b"{", length=2)) is None


def test_marks_within_text_do_not_count():
    message = {"a": '[{,\\"' * 300_000}
    stream = io.BytesIO()
    wire.write(stream, message)
    stream.seek(0)
    assert wire.read(stream) == message


@pytest.mark.parametrize(
    "value",
    [
        ["array", ["<f8", [10**9, 0], "", True]],
        ["array", ["<f8", [2], "AAAAAAAA8D8=", True]],
        ["array", ["O", [1], "AAAAAAAA8D8=", True]],
        ["array", ["(2,)f8", [1], "AAAAAAAA8D8=", True]],
        ["array", ["<f8", [-1], "AAAAAAAA8D8="]],
        ["int", "x"],
        ["known", 99],
        ["nothing", 1],
        ["dict", [[["list", []], 1]]],
        ["rng", {"bit_generator": "MT19937", "state": {}}],
        {"a": 1},
        [],
    ],
)
def test_what_is_no_value_is_one_kind_of_error(value):
    with pytest.raises(wire.WireError, match="not a value"):
        CODEC.decode(value)


@pytest.mark.parametrize(
    "value",
    [None, True, 1, 2**70, 1.5, "x", 1 + 2j, (1, [2, {"a": {3}}]), frozenset({1}), np.float32(2), np.arange(6.0)[::2]],
)
def test_values_arrive_as_they_were(value):
    other = wire.Codec(export=None, adopt=None)
    stream = io.BytesIO()
    wire.write(stream, {"value": wire.Codec(None, None, numbers=True).encode(value)})
    stream.seek(0)
    got = other.decode(wire.read(stream)["value"])
    assert type(got) is type(value) and np.all(got == value)
