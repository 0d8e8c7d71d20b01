"""Tensors made from data, filled or drawn: each form of a call gives what PyTorch's gives, or its type of error."""

import itertools
import re

import numpy as np
import pytest

import minigrad as mg

from .comparing import REFUSALS, difference, torch
from .creation_calls import CALLS, DATA, OF_ONE_SIZE, REFUSED, SIZES

DRAWN = re.compile(r"rand|normal|bernoulli|multinomial|empty|initial_seed|seed\(\)|uniform_|exponential_")
NAMED = re.compile(r"[\w.]+\(\)|only tensors of floating dtype can require gradients")


def calls_in(text):
    return [call.strip() for call in text.split("|")]


def outcome(m, call):
    """The result of the call, or its exception."""
    known = {"m": m, "np": np, "nan": float("nan"), "inf": float("inf")}
    try:
        return eval(call, known)
    except Exception as error:
        return error


def complaint(call):
    """What is different between the two libraries, or None."""
    theirs, ours = outcome(torch, call), outcome(mg, call)
    if isinstance(theirs, Exception):
        if not isinstance(ours, type(theirs)):
            return f"{call}: {ours!r} instead of {theirs!r}"[:300]
        return None if NAMED.match(str(ours)) else f"{call}: the message does not name the function, {ours}"
    if isinstance(ours, Exception):
        return f"{call}: {ours!r}"
    if isinstance(theirs, (torch.Tensor, tuple, list, float)) or theirs is None:
        theirs = tuple(theirs) if isinstance(theirs, torch.Size) else theirs
        text = difference(ours, theirs, 1e-6, values=not DRAWN.search(call))
        return text and f"{call}: {text}"
    same = str(ours) == str(theirs).removeprefix("torch.")
    return None if same or DRAWN.search(call) else f"{call}: {ours} instead of {theirs}"


def assert_alike(calls):
    found = [text for text in map(complaint, calls) if text]
    assert not found, "\n".join(found)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", CALLS)
def test_every_form_of_a_call(kind):
    assert_alike(calls_in(CALLS[kind]))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("form", ["m.tensor({})", "m.as_tensor({})", "m.tensor({}, dtype=m.float64)"])
def test_the_dtype_and_the_values_of_data(form):
    odd = ["complex", "timedelta", "array(['a'])", "10**400"] if "dtype" in form else []
    assert_alike([form.format(data) for data in calls_in(DATA) if not any(word in data for word in odd)])


LEAVES = ["1", "True", "2.5", "np.float32(1)", "np.float64(2)", "np.int32(3)", "np.uint8(3)", "np.int64(3)"]
LEAVES += [
    "m.tensor(4)",
    "m.tensor(1.5)",
    "m.tensor(2.0, dtype=m.float64)",
    "m.tensor([True])",
    "m.tensor(7, dtype=m.int32)",
]


@pytest.mark.parametrize(
    "form", ["m.tensor([{}, {}, {}])", "m.tensor([[{}, {}], [{}, 1]])", "m.as_tensor(({}, {}, {}))"]
)
def test_the_dtype_of_mixed_lists(form):
    assert_alike([form.format(*leaves) for leaves in itertools.product(LEAVES, repeat=3)])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("form", calls_in(OF_ONE_SIZE))
def test_sizes_of_every_kind(form):
    assert_alike([form.format(size) for size in calls_in(SIZES)])


@pytest.mark.parametrize("call", calls_in(REFUSED))
def test_what_is_refused(call):
    assert not isinstance(outcome(torch, call), Exception)
    ours = outcome(mg, call)
    assert isinstance(ours, REFUSALS), ours
    assert re.match(r"\w+\(\): ", str(ours)), ours
