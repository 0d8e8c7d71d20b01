"""Every operation of the table against central differences, to second order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

import minigrad as mg
from minigrad.autograd import gradcheck, gradgradcheck

from .operations import OPERATIONS, arrays

CASES = [(row, shapes) for row in OPERATIONS for shapes in row.shapes]
IDS = [f"{row.name}-{'-'.join(str(shape) for shape in shapes)}" for row, shapes in CASES]


def leaves(inputs):
    return [mg.from_numpy(x).requires_grad_() for x in inputs]


def check(row, inputs):
    tensors = leaves(inputs)

    def call(*x):
        return row.call(mg, *x)

    assert gradcheck(call, tensors)
    if row.call(mg, *tensors).requires_grad:
        assert gradgradcheck(call, tensors, atol=1e-6)


@pytest.mark.parametrize(("row", "shapes"), CASES, ids=IDS)
def test_gradients_to_second_order(row, shapes):
    check(row, arrays(row, shapes))


@pytest.mark.parametrize(("row", "shapes"), CASES, ids=IDS)
def test_gradients_with_permuted_strides(row, shapes):
    check(row, arrays(row, shapes, seed=1, permuted=True))


def drawn_shapes(row):
    if row.shapes[0] == ((),) or len(row.shapes[0]) == 1:
        return st.tuples(array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
    return mutually_broadcastable_shapes(num_shapes=2, max_dims=3, min_side=0, max_side=3).map(lambda s: s.input_shapes)


@pytest.mark.parametrize("row", [row for row in OPERATIONS if row.elementwise], ids=lambda row: row.name)
def test_gradients_of_drawn_shapes(row):
    @given(drawn_shapes(row), st.integers(0, 2**16), st.booleans())
    @settings(max_examples=10, deadline=None, derandomize=True)
    def check_drawn(shapes, seed, permuted):
        check(row, arrays(row, shapes, seed, permuted=permuted))

    check_drawn()


@pytest.mark.parametrize(("row", "shapes"), CASES, ids=IDS)
def test_float32_in_gives_float32_gradients(row, shapes):
    tensors = leaves(arrays(row, shapes, dtype=np.float32))
    out = row.call(mg, *tensors)
    assert out.dtype == mg.float32
    out.sum().backward()
    for x in tensors:
        assert x.grad.dtype == mg.float32
        assert x.grad.shape == x.shape
