"""Each fused kernel against the plain composition that it equals: values, gradients, and gradients of gradients."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.nn import functional as F
from minigrad.nn.functional import activation, classification, convolution, normalization, regression
from minigrad.nn.functional.linear import _linear, _masked_softmax
from minigrad.ops import indexing


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


WINDOWS = {
    "pads": ((1, 1), (0, 1)), "kernel": (3, 2), "stride": (2, 1), "dilation": (1, 2), "positions": (3, 5)
}  # fmt: skip
MASK = np.tri(4, 5, dtype=bool)
MASK[2] = False  # may look nowhere
LABELS = np.array([2, 0, 2, 1])

# What is called, the composition, and the inputs that are differentiated.
KERNELS = {
    "linear": (
        F.linear, _linear, lambda kernel, x, w, b: kernel(x, w, b), [drawn(2, 3, 5), drawn(4, 5), drawn(4)]
    ),
    "linear without bias": (
        F.linear, _linear, lambda kernel, x, w: kernel(x, w, None), [drawn(3, 5), drawn(4, 5)]
    ),
    "cross_entropy": (
        lambda x, labels, slope: F.cross_entropy(x, mg.tensor(labels)),
        classification._mean_cross_entropy,
        lambda kernel, x: kernel(x, LABELS, slope=None),
        [30 * drawn(4, 3)],
    ),
    "layer_norm": (
        lambda x, w, b, eps, saved: F.layer_norm(x, (6,), w, b, eps),
        normalization._layer_norm,
        lambda kernel, x, w, b: kernel(x, w, b, eps=1e-3, saved={}),
        [drawn(2, 3, 6), drawn(6, seed=1), drawn(6, seed=2)],
    ),
    "masked_softmax": (
        _masked_softmax,
        _masked_softmax,
        lambda kernel, x: kernel(x, scale=0.7, mask=MASK),
        [5 * drawn(2, 4, 5)],
    ),
    "max_pool2d": (
        convolution._max_pooled,
        convolution._max_pooled,
        lambda kernel, x: kernel(x, **WINDOWS, winner=np.zeros((2, 3, 3, 5), np.intp)),
        [drawn(2, 3, 5, 6)],
    ),
    "mse_loss": (
        lambda x, target, saved: F.mse_loss(x, target),
        regression._mean_squared_error,
        lambda kernel, x, target: kernel(x, target, saved={}),
        [drawn(3, 4), drawn(3, 4, seed=1)],
    ),
    "gelu in float32": (
        activation._gelu_of_singles,
        activation._gelu_of_singles,
        lambda kernel, x: kernel(x, saved={}),
        [np.concatenate([np.linspace(-12, 12, 40_001), [0.0, 1e-20]])],
    ),
}  # fmt: skip


def results(function, call, arrays, dtype):
    """The value, and the gradients for a random weighting of its elements."""
    inputs = [mg.tensor(array.astype(dtype), requires_grad=True) for array in arrays]
    out = call(function, *inputs)
    out.backward(mg.tensor(drawn(*out.shape, seed=9).astype(dtype)))
    return [out.detach().numpy(), *[x.grad.numpy() for x in inputs]]


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        (name, dtype)
        for name in KERNELS
        for dtype in ("float32", "float64")
        if dtype == "float32" or "in float32" not in name
    ],
)
def test_a_kernel_equals_its_composition(name, dtype):
    function, operation, call, arrays = KERNELS[name]
    ours = results(function, call, arrays, dtype)
    plain = results(operation.composition, call, arrays, "float64")
    for mine, expected in zip(ours, plain, strict=True):
        assert mine.dtype == dtype
        tolerance = 1e-12 if dtype == "float64" else 2e-6
        np.testing.assert_allclose(mine, expected, rtol=tolerance, atol=tolerance * max(1, np.abs(expected).max()))


@pytest.mark.parametrize("name", [name for name in KERNELS if "float32" not in name])
def test_a_kernel_differentiates_twice(name):
    function, _, call, arrays = KERNELS[name]
    inputs = [mg.tensor(array, requires_grad=True) for array in arrays]
    weights = mg.tensor(drawn(*call(function, *inputs).shape, seed=9))
    assert mg.autograd.gradcheck(lambda *xs: call(function, *xs) * weights, inputs)
    assert mg.autograd.gradgradcheck(lambda *xs: call(function, *xs) * weights, inputs)


@pytest.mark.parametrize("name", KERNELS)
def test_a_second_backward_through_a_retained_graph_gives_the_same(name):
    function, _, call, arrays = KERNELS[name]
    x = mg.tensor(arrays[0].astype(np.float32), requires_grad=True)
    others = [mg.tensor(array.astype(np.float32)) for array in arrays[1:]]
    out = call(function, x, *others)
    seed = mg.tensor(drawn(*out.shape, seed=9).astype(np.float32))
    first = mg.autograd.grad(out, x, seed, retain_graph=True)[0].numpy()
    np.testing.assert_array_equal(first, mg.autograd.grad(out, x, seed)[0].numpy())


def test_the_fast_cross_entropy_is_taken_only_where_it_is_the_same():
    x = mg.tensor(drawn(4, 3), requires_grad=True)
    labels = mg.tensor(LABELS)
    assert F.cross_entropy(x, labels).grad_fn.operation is classification._mean_cross_entropy
    for options in ({"ignore_index": 2}, {"label_smoothing": 0.1}, {"weight": mg.ones(3, dtype=mg.float64)}):
        assert F.cross_entropy(x, labels, **options).grad_fn.operation is not classification._mean_cross_entropy
    with pytest.raises(IndexError, match=r"-1 .* \[0, 2\]"):
        F.cross_entropy(x, mg.tensor([0, 1, 2, -1]))
    with pytest.raises(IndexError, match=r"3 .* \[0, 2\]"):
        F.cross_entropy(x, mg.tensor([0, 1, 2, 3]))


def test_the_fast_gelu_is_right_to_the_last_digits_of_float32():
    points = np.concatenate([np.linspace(-12, 12, 100_001), [1e-20, 30, -30, 5e3, -5e3, 1e12, -1e12, 1e30, -1e30]])
    x = mg.tensor(points.astype(np.float32), requires_grad=True)
    exact = mg.tensor(x.detach().numpy().astype(np.float64), requires_grad=True)
    out, expected = F.gelu(x), F.gelu(exact)
    out.sum().backward()
    expected.sum().backward()
    error = np.abs(out.detach().numpy() - expected.detach().numpy()) / np.maximum(np.abs(points), 1)
    assert error.max() < 2e-7
    assert np.abs(x.grad.numpy() - exact.grad.numpy()).max() < 3e-7


def test_the_masked_softmax_of_a_transposed_layout_is_that_of_its_copy():
    layout = mg.tensor(drawn(4, 2, 5)).permute(1, 0, 2)
    masked = _masked_softmax(layout, scale=0.7, mask=MASK)
    expected = _masked_softmax(layout.contiguous(), scale=0.7, mask=MASK)
    np.testing.assert_allclose(masked.numpy(), expected.numpy(), rtol=1e-13)
    np.testing.assert_allclose(masked.numpy().sum(-1), [[1, 1, 0, 1]] * 2)


def test_a_perfect_prediction_costs_nothing():
    loss = F.cross_entropy(mg.tensor([[1000.0, 0.0], [0.0, 1000.0]]), mg.tensor([0, 1])).item()
    assert loss == 0 and np.copysign(1, loss) == 1


def test_rows_are_added_where_the_index_says():
    rng = np.random.default_rng(0)
    for index in ([3, 0, 3, 3, -1], [[1, 1], [0, 2]], [], [4]):
        index = np.array(index, np.int64)
        g = rng.standard_normal((*index.shape, 2, 3))
        expected = np.zeros((5, 2, 3))
        np.add.at(expected, index, g)
        np.testing.assert_allclose(indexing._scattered(g, index=(index,), shape=(5, 2, 3)), expected, rtol=1e-14)
