"""The order of diagnosis, and its words."""

import numpy as np
import pytest

from minigrad.classroom.checker import check
from minigrad.classroom.checks import Wrong, compare, several

A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
S = np.array([[1.0, 2.0], [5.0, 9.0]])
NAMED = {"swapped": ("this is the other one", A + 1)}


def with_nan(array, value=np.nan):
    array = array.copy()
    array[1, 2] = value
    return array


@pytest.mark.parametrize(
    ("got", "expected", "text"),
    [
        (None, A, "None, expected an array"),
        ("text", A, "wrong type: a string, expected an array"),
        ({}, A, "wrong type: a dict"),
        (A, 1.0, "wrong shape: (2, 3), expected ()"),
        (A.astype(bool), A, "wrong type: an array of bool"),
        (A.T, A, "looks transposed, and transposed it is right"),
        (A.T + 1, A, "looks transposed"),
        (A[0], A, "wrong shape: (3,), expected (2, 3)"),
        (with_nan(A), A, "NaN: 1 of 6 elements, first at [1, 2]"),
        (with_nan(A, np.inf), A, "infinite: 1 of 6 elements, first at [1, 2]"),
        (np.nan, 1.0, "the result: NaN"),
        (A + 1, A, "swapped: this is the other one"),
        (S.T, S, "looks transposed: got = expected.T"),
        (-A, A, "the sign is flipped: got = -expected"),
        (A / 2, A, "got = 0.5 x expected"),
        (3.0, 1.5, "got = 2 x expected"),
        (3.1, 1.5, "not the expected value"),
        (with_nan(A, 7), A, "1 of 6 elements are wrong; the worst is [1, 2]: 7, expected 6"),
        ((A, A), (A, -A), "the sign is flipped"),
        ((A,), (A, A), "wrong length: 1 elements, expected 2"),
        ([1.0, 2.0, 4.0], [1.0, 2.0, 3.0], "the worst is [2]"),
        ("b", "a", "not the expected value"),
        (1, True, "wrong type: a number, expected True or False"),
        ([True, False], np.array([True, True]), "1 of 2 elements are wrong"),
        ({"a": 1}, {"a": 2}, "not the expected value"),
        (np.zeros(0), np.zeros(3), "wrong shape"),
        (np.zeros(3), np.ones(3), "3 of 3 elements are wrong"),
        (10**400, 1.0, "wrong type"),
        (A + 1e-12, A + 1e-4, "the worst is"),
        (A * (1 + 1e-6), A, "almost: relative error 1e-06; float32, or an epsilon in it?"),
        (A + np.eye(2, 3) * 2e-6, A, "almost: relative error 3e-07"),
        (1.000001, 1.0, "almost: relative error 1e-06"),
        ((A * 1.00004).astype(np.float32), A, "the worst is [1, 2]: 6.00024, expected 6"),
        (10**9 + 1000, 10**9, "not the expected value"),
        (43218, 42336, "expected 42336\n  got      43218"),
        (np.array([1234567, 3]), np.array([1234568, 3]), "[0]: 1234567, expected 1234568"),
        (A, (A, A, A), "one array, expected 3 values"),
        (np.ones(3), (A, A), "one array, expected a pair"),
    ],
)
def test_diagnosis(got, expected, text):
    with pytest.raises(Wrong) as wrong:
        compare("f(x)", got, expected, **(NAMED if np.shape(expected) == A.shape else {}))
    message = str(wrong.value)
    assert message.startswith("f(x)") and text in message
    assert max(map(len, message.splitlines())) <= 120


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (A, A),
        (A.tolist(), A),
        (np.float64(1), 1.0),
        (1, 1.0),
        (np.array(1.0), 1.0),
        (A + 1e-13, A),
        (np.inf, np.inf),
        ((A, 1), (A, 1)),
        ([A, 1], (A, 1)),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        ("a", "a"),
        (None, None),
        (np.bool_(True), True),
        ([], []),
        (A.astype(np.float32) / 3, A / 3),
        (np.float32(1) / 3, 1 / 3),
        (A.astype(np.longdouble) / 3, A / 3),
        (A.astype(int), A),
        (np.stack([A, -A]), (A, -A)),
    ],
)
def test_equal(got, expected):
    compare("f(x)", got, expected)


def test_lines_show_enough_digits_to_differ():
    with pytest.raises(Wrong) as wrong:
        compare("f(x)", 1.00001, 1.0)
    assert "1.00001" in str(wrong.value)


RETURNED = """
import collections

import minigrad as mg
import numpy as np

Pair = collections.namedtuple("Pair", "a b")


def mul_backward(g, a, b):
    return {pair}


def bias_row(g):
    return {row}
"""


@pytest.mark.parametrize(
    ("pair", "row"),
    [
        ("Pair(g * b, g * a)", "mg.tensor(g).sum(dim=0)"),
        (
            "Pair(mg.tensor(g * b), mg.tensor(g * a, requires_grad=True))",
            "mg.tensor(g.sum(axis=0), requires_grad=True)",
        ),
        ("[mg.tensor(g * b), (g * a).tolist()]", "list(mg.tensor(g).sum(dim=0))"),
        ("mg.tensor(np.stack([g * b, g * a]))", "[x for x in g.astype(np.longdouble).sum(axis=0)]"),
    ],
)
def test_a_tensor_is_as_good_as_its_array_and_a_named_tuple_as_a_tuple(product_rule, pair, row):
    report = check(product_rule, RETURNED.format(pair=pair, row=row).encode(), hidden=True)
    assert [(o.name, o.message) for o in report.outcomes if o.status != "ok"] == []


@pytest.mark.parametrize(
    ("pair", "row", "text"),
    [
        ("Pair(g * b, -g * a)", "g.sum(axis=0)", "the sign is flipped"),
        ("mg.tensor(g * b)", "g.sum(axis=0)", "one array, expected a pair"),
        ("g * b, g * a", "mg.tensor(g)", "wrong shape: (5, 4), expected (4,)"),
        ("g * b, g * a", "Pair(g, g)", "wrong shape: (2, 5, 4)"),
    ],
)
def test_a_wrong_tensor_or_named_tuple_is_told_like_an_array(product_rule, pair, row, text):
    report = check(product_rule, RETURNED.format(pair=pair, row=row).encode())
    assert text in "".join(outcome.message for outcome in report.outcomes)


@pytest.mark.parametrize("got", [(1.0, A[0]), [1.0, A[0]], np.stack([A[0], A[1]])])
def test_several_values_are_unpacked(got):
    one, other = several("f(x)", got, "one", "other")
    compare("f(x)[0]", one, got[0])
    compare("f(x)[1]", other, got[1])


@pytest.mark.parametrize(
    ("got", "names", "text"),
    [
        (None, ("a", "b"), "f(x)\n  None, expected a pair: return a, b"),
        (A, ("a", "b", "c"), "an array of numbers, shape (2, 3), expected 3 values: return a, b, c"),
        (np.array(1.0), ("a",), "a number, expected 1 values: return a"),
        ((A,), ("a", "b"), "1 values, expected a pair"),
        ([1, 2, 3], ("a", "b"), "3 values, expected a pair"),
        ({"a": 1, "b": 2}, ("a", "b"), "a dict, expected a pair"),
        ("ab", ("a", "b"), "a string, expected a pair"),
    ],
)
def test_other_than_several_values_is_told(got, names, text):
    with pytest.raises(Wrong) as wrong:
        several("f(x)", got, *names)
    assert text in str(wrong.value)


def test_a_named_mistake_of_truths_is_told():
    mistakes = {"strict": ("at most: 2 is in it", A < 2), "turned": ("turned round", A > 2)}
    with pytest.raises(Wrong, match="strict: at most: 2 is in it"):
        compare("f(x)", A < 2, A <= 2, **mistakes)
    with pytest.raises(Wrong, match="1 of 6 elements are wrong"):
        compare("f(x)", A <= 3, A <= 2, **mistakes)
