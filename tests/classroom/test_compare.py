"""The order of diagnosis, and its words."""

import numpy as np
import pytest

from minigrad.classroom.checks import Wrong, compare

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
    ],
)
def test_equal(got, expected):
    compare("f(x)", got, expected)


def test_lines_show_enough_digits_to_differ():
    with pytest.raises(Wrong) as wrong:
        compare("f(x)", 1.00001, 1.0)
    assert "1.00001" in str(wrong.value)
