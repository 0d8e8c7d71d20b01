"""Every operation of the table against central differences, to second order."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

import minigrad as mg
from minigrad.autograd import gradcheck, gradgradcheck

from .operations import OPERATIONS, arrays
from .quick import quick_if

CASES = [(row, shapes) for row in OPERATIONS for shapes in row.shapes]
IDS = [f"{row.name}-{'-'.join(str(shape) for shape in shapes)}" for row, shapes in CASES]
SOME_QUICK = [quick_if(place % 3 == 0, *case) for place, case in enumerate(CASES)]


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


@pytest.mark.parametrize(("row", "shapes"), SOME_QUICK, ids=IDS)
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


# -- Where functions jump, tie or leave the numbers ----------------------------------------------------------

NAN, INF = math.nan, math.inf
F = mg.nn.functional
GRADIENTS_AT_EDGES = {
    "max of all": (lambda x: x.max(), [1, NAN, 3], [0, 1, 0]),
    "min of all": (lambda x: x.min(), [1, NAN, 3], [0, 1, 0]),
    "max of all, all NaN": (lambda x: x.max(), [NAN, NAN], [0.5, 0.5]),
    "max of all, tied": (lambda x: x.max(), [2, 1, 2], [0.5, 0, 0.5]),
    "max along": (lambda x: x.max(0).values, [1, NAN, 3, NAN], [0, 1, 0, 0]),
    "amax": (lambda x: x.amax(), [1, NAN, 3], [NAN, NAN, NAN]),
    "amin along": (lambda x: x.amin(0), [1, NAN, 3], [NAN, NAN, NAN]),
    "amax tied at infinity": (lambda x: x.amax(), [INF, INF, 3], [0.5, 0.5, 0]),
    "maximum": (lambda x: mg.maximum(x, mg.tensor(2.0)), [1, 2, NAN, 3], [0, 0.5, 1, 1]),
    "minimum": (lambda x: mg.minimum(x, mg.tensor(2.0)), [1, 2, NAN, 3], [1, 0.5, 1, 0]),
    "relu": (mg.relu, [NAN, 0, -1, INF], [1, 0, 0, 1]),
    "abs": (mg.abs, [NAN, 0, -INF], [0, 0, -1]),
    "clamp": (lambda x: mg.clamp(x, 0, 1), [NAN, 0, 1, -1, 2, INF], [0, 1, 1, 0, 0, 0]),
    "clamp from below": (lambda x: mg.clamp(x, min=0), [NAN, 0, -1, INF], [0, 1, 0, 1]),
    "clamp from above": (lambda x: mg.clamp(x, max=0), [NAN, 0, 1, -INF], [0, 1, 0, 1]),
    "elu": (lambda x: F.elu(x, 2.0), [NAN, 0, -INF, INF], [NAN, 2, 0, 1]),
    "elu far below": (F.elu, [-50], [math.exp(-50)]),
    "expm1 far below": (mg.expm1, [-50], [math.exp(-50)]),
    "softplus": (F.softplus, [INF, -INF, NAN], [1, 0, NAN]),
    "logsigmoid": (F.logsigmoid, [INF, -INF, NAN], [0, 1, NAN]),
    "root": (lambda x: x**0.5, [0, INF], [INF, 0]),
    "huber": (lambda x: F.huber_loss(x, 0 * mg.ones(4), "sum", 2.0), [INF, -INF, 2, 1], [2, -2, 2, 1]),
    "smooth l1": (lambda x: F.smooth_l1_loss(x, 0 * mg.ones(3), reduction="sum"), [INF, -INF, NAN], [1, -1, NAN]),
    "l1": (lambda x: F.l1_loss(x, 0 * mg.ones(3), reduction="sum"), [INF, -INF, NAN], [1, -1, 0]),
    "logits of 1": (
        lambda x: F.binary_cross_entropy_with_logits(x, mg.ones(3), reduction="sum"), [INF, -INF, NAN], [0, -1, NAN],
    ),
    "logits of 0": (
        lambda x: F.binary_cross_entropy_with_logits(x, mg.zeros(3), reduction="sum"), [INF, -INF, NAN], [1, 0, NAN],
    ),
    "pool": (lambda x: F.max_pool2d(x.reshape(1, 1, 4), (1, 4)), [1, NAN, 3, -1], [0, 1, 0, 0]),
    "pool of the lowest": (lambda x: F.max_pool2d(x.reshape(1, 1, 2), (1, 2), padding=(0, 1)), [-INF, -INF], [1, 1]),
    "root norm": (lambda x: x.norm(0.5), [0, 2], [0, 1]),
    "norm of one": (lambda x: x.norm(), [1e20], [1]),
    "cubic norm of one": (lambda x: x.norm(3), [1e-30], [1]),
    "cubic norm": (lambda x: x.norm(3), [0, -2, 0], [0, -1, 0]),
    "cubic norm of little": (lambda x: x.norm(3), [1e-20, 1e-20], [0, 0]),
    "greatest norm": (lambda x: x.norm(INF), [-3, 3, 1], [-0.5, 0.5, 0]),
    "least norm": (lambda x: x.norm(-INF), [-3, 3, 1], [0, 0, 1]),
    "negative norm": (lambda x: x.norm(-1), [0, 2], [0, 0]),
    "cubic normalize": (lambda x: F.normalize(x, 3, dim=0), [0, 0], [1e12, 1e12]),
    "cosine of a row of zeros": (lambda x: F.cosine_similarity(x, mg.tensor([3.0, 4.0]), 0), [0, 0], [6e7, 8e7]),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", GRADIENTS_AT_EDGES)
def test_gradients_at_edges(name):
    function, numbers, expected = GRADIENTS_AT_EDGES[name]
    x = mg.tensor([float(n) for n in numbers], requires_grad=True)
    function(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-5)


FLAT = {
    "sign": mg.sign,
    "floor": mg.floor,
    "ceil": mg.ceil,
    "round": mg.round,
    "floor_divide": lambda x: x // 2,
    "div": lambda x: mg.div(x, 2, rounding_mode="trunc"),
    "pow": lambda x: x**0,
    "pow of tensors": lambda x: x ** mg.zeros(3),
    "norm": lambda x: x.reshape(3, 1).norm(0, dim=1),
}


@pytest.mark.parametrize("name", FLAT)
def test_functions_without_slope_stop_every_gradient(name):
    x = mg.tensor([0.5, -1.0, INF], requires_grad=True)
    FLAT[name](x).backward(mg.tensor([INF, NAN, 1.0]))
    assert x.grad.tolist() == [0, 0, 0]


def test_values_of_norms_at_edges():
    assert mg.tensor([1e20]).norm().item() == np.float32(1e20)
    assert mg.tensor([1e-20, 1e-20]).norm(3).item() == 0
    assert mg.zeros(0, 2).norm(3, dim=0).tolist() == [0, 0]
    assert mg.zeros(0, 2).norm(-1, dim=1).tolist() == []
    assert mg.tensor([0.0, 2.0]).norm(0).item() == 1


@pytest.mark.parametrize("p", [0.5, 1, 1.5, 2, 2.5, 3, INF, -INF, -1, -2])
def test_norms_to_second_order(p):
    x = mg.tensor([[1.0, -2.0, 0.5], [-3.0, 0.25, 4.0]], dtype=mg.float64, requires_grad=True)
    for dim in (None, 0, 1, (0, 1)):
        assert gradcheck(lambda x, dim=dim: mg.norm(x, p, dim), x)
        assert gradgradcheck(lambda x, dim=dim: mg.norm(x, p, dim), x)


def test_bounds_of_clamp_promote_one_after_the_other():
    x = mg.tensor([2, -3])
    assert mg.clamp(x, 0.5, max=mg.tensor(0.75, dtype=mg.float64)).dtype == mg.float32
    assert mg.clamp(x, -1, 1).dtype == mg.int64
    assert mg.clamp(x, -1, 1.5).tolist() == [1.5, -1.0]


def test_lerp_arrives():
    start, end = mg.tensor([1e30, 2.0]), mg.tensor([0.5, 3.0])
    assert mg.lerp(start, end, 1.0).tolist() == [0.5, 3.0]
    assert mg.lerp(start, end, 0.0).tolist() == [np.float32(1e30), 2.0]


REFUSALS = {
    "lerp": (lambda: mg.lerp(mg.ones(2, dtype=mg.float64), mg.ones(2), 0.5), RuntimeError),
    "addcdiv": (lambda: mg.addcdiv(mg.ones(2), mg.ones(2).long(), mg.ones(2).long()), RuntimeError),
    "addcmul": (lambda: mg.addcmul(mg.ones(2).long(), mg.ones(2).long(), mg.ones(2).long(), value=0.5), RuntimeError),
    "add": (lambda: mg.add(1, 1, alpha=True), RuntimeError),
    "sub": (lambda: mg.sub(mg.ones(2).long(), 1, alpha=1.0), RuntimeError),
    "addmm": (lambda: mg.addmm(mg.ones(2, 2).double(), mg.ones(2, 2), mg.ones(2, 2)), RuntimeError),
    "clamp": (lambda: mg.clamp(mg.ones(2), mg.ones(3)), RuntimeError),
    "where": (lambda: mg.where(mg.ones(2) > 0, mg.ones(3), mg.ones(2)), RuntimeError),
    "max": (lambda: mg.zeros(0).max(), RuntimeError),
    "min": (lambda: mg.zeros(2, 0).min(1), IndexError),
    "sort": (lambda: mg.ones(2).sort(3), IndexError),
    "topk": (lambda: mg.topk(mg.ones(2), 1, 3), IndexError),
    "norm": (lambda: mg.norm(mg.ones(2), 2, 5), IndexError),
    "std": (lambda: mg.std(mg.ones(2).long()), RuntimeError),
    "cdist": (lambda: mg.cdist(mg.ones(2, 2), mg.ones(2, 2), -1), RuntimeError),
    "normalize": (lambda: F.normalize(mg.ones(2), dim=3), IndexError),
    "cosine_similarity": (lambda: F.cosine_similarity(mg.ones(2, 3), mg.ones(2, 4)), RuntimeError),
    "huber_loss": (lambda: F.huber_loss(mg.ones(2), mg.ones(2), reduction="some"), ValueError),
    "kl_div": (lambda: F.kl_div(mg.ones(2), mg.ones(2).long()), NotImplementedError),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_begin_with_the_name_that_was_called(name):
    call, error = REFUSALS[name]
    with pytest.raises(error, match=rf"^{name}\(\): "):
        call()


@pytest.mark.parametrize("dtype", [mg.uint8, mg.int32])
def test_a_number_that_the_dtype_does_not_hold_is_refused_and_not_wrapped(dtype):
    x = mg.tensor([100, 200], dtype=dtype)
    for call in (lambda n: x.clamp(max=n), lambda n: x.clamp(min=n), lambda n: x**n, lambda n: x.clone().clamp_(n)):
        with pytest.raises(RuntimeError, match=f"is outside of what {dtype} holds"):
            call(2**40)
    assert x.clamp(max=150).tolist() == [100, 150]
