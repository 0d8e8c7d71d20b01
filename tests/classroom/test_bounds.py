"""What a reply, a lent answer or a file of unfinished rows may cost the grader."""

import json

import numpy as np
import pytest

from minigrad.classroom import unfinished, wire
from minigrad.classroom.checks import lend

COLLIDING = [i * (2**61 - 1) for i in range(1, 2000)]
MANY = list(range(20_000))
TOO_MUCH = {
    "keys of one hash": ["set", COLLIDING, None],
    "keys of one hash in tuples": ["frozenset", [["tuple", [key]] for key in COLLIDING]],
    "keys of one hash in a dictionary": ["dict", [[key, 0] for key in COLLIDING], None],
    "too many keys": ["set", MANY, None],
    "a long text among many": ["list", ["x" * 10**6, *["a"] * 25], None],
    "an integer of many digits": 10**2000,
    "an integer of many digits as text": ["int", "9" * 3000],
    "an array of huge lengths": ["array", ["<f8", [10**400] * 300, "", True], None],
    "an array of many axes": ["array", ["<f8", [1] * 300, "", True], None],
    "an array of a negative length": ["array", ["<f8", [-1], "", True], None],
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_a_value_that_would_cost_too_much_is_none(what):
    with pytest.raises(wire.WireError):
        wire.Codec(None, None).decode(TOO_MUCH[what])


@pytest.mark.parametrize(
    "value",
    [{1, 2, -3}, {("a", 2): [1.5]}, frozenset({(1, 2)}), ["x" * 1000] * 100, 2**70, "x" * 10**6, np.ones((2, 0))],
)
def test_a_value_of_a_check_comes_through(value):
    sent = wire.Codec(None, None, numbers=True).encode(value)
    found = wire.Codec(None, None).decode(json.loads(json.dumps(sent)))
    assert np.array_equal(found, value) if isinstance(value, np.ndarray) else found == value


def test_closing_brackets_count():
    with pytest.raises(wire.WireError, match="elements"):
        wire.read(_Stream(b"[" + b"]" * 300_000))


class _Stream:
    def __init__(self, data):
        self.data = len(data).to_bytes(4, "big") + data

    def read(self, count):
        taken, self.data = self.data[:count], self.data[count:]
        return taken


class _Module:
    @staticmethod
    def total(values):
        return "own"


def test_what_is_lent_is_lent_for_small_arguments_only():
    module = _Module()
    lend(module, "total", lambda values: "lent")
    assert (module.total(np.zeros(1000)), module.total(np.zeros(10**6))) == ("lent", "own")


ABOUT = {"version": 1, "seed": None}
KEY = ["ann", "ex01", "a", "b"]


@pytest.mark.parametrize(
    ("head", "line", "kept"),
    [
        ({"version": 1, "seed": 7}, {"key": KEY, "row": {}}, (7, 1)),
        ({"version": 1, "seed": 7}, {"x": 1, "y": 2}, (7, 0)),
        ({"version": 1, "seed": 7}, {"key": 5, "row": 2}, (7, 0)),
        ({"version": 1, "seed": 7}, {"key": [[1]], "row": {}}, (7, 0)),
        ({"version": 1, "seed": -5}, {"key": KEY, "row": {}}, (None, 0)),
        ({"version": 1, "seed": 10**400}, {"key": KEY, "row": {}}, (None, 0)),
        ({"version": 2, "seed": 7}, {"key": KEY, "row": {}}, (None, 0)),
        ([7], {"key": KEY, "row": {}}, (None, 0)),
    ],
)
def test_a_file_of_unfinished_rows_is_taken_only_as_it_was_written(tmp_path, head, line, kept):
    path = tmp_path / "g.csv.unfinished"
    path.write_text(f"{json.dumps(head)}\n{json.dumps(line)}\n")
    found = unfinished.Unfinished(path, ABOUT)
    seed, rows = kept
    assert len(found) == rows and 0 <= found.seed < 2**64
    assert (found.seed == 7) == (seed == 7)
