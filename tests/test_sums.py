"""Sums of many float32 numbers: the error may not grow with their number, along whatever axes and strides."""

import itertools

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn

TENTH = float(np.float32(0.1))


def near(got, expected, error=1e-6):
    np.testing.assert_allclose(got.detach().numpy(), expected, rtol=error, atol=0)


LAYOUTS = {
    "as made": lambda x: x,
    "transposed": lambda x: x.permute(*range(x.ndim)[::-1]).contiguous().permute(*range(x.ndim)[::-1]),
    "a part": lambda x: x.repeat_interleave(2, 0)[::2],
    "expanded": lambda x: x[:1].expand(x.shape),
    "expanded behind": lambda x: x[..., :1].expand(x.shape),
}
SHAPES = (70, 3), (3000, 2), (1, 5000), (2, 700, 3), (97, 61, 4), (60, 2, 9, 8), (4000, 1, 1)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_sum_over_every_choice_of_axes(shape, layout):
    values = np.random.default_rng(0).uniform(0.05, 0.15, shape).astype(np.float32)
    for x in (mg.full(shape, 0.1), mg.from_numpy(values)):
        x = LAYOUTS[layout](x)
        exact = x.numpy().astype(np.float64)
        for count in range(1, len(shape) + 1):
            for dim in itertools.combinations(range(len(shape)), count):
                near(x.sum(dim), exact.sum(dim))
                near(x.mean(dim, keepdim=True), exact.mean(dim, keepdims=True))


@pytest.mark.parametrize(
    ("shape", "value", "dim"), [((60000, 2), 0.1307, 0), ((10**6, 2), 0.1, 0), ((100000, 2), 0.1, -2)], ids=str
)
def test_columns_of_a_large_set(shape, value, dim):
    x, exact = mg.full(shape, value), float(np.float32(value))
    near(x.mean(dim), [exact] * 2)
    near(x.sum(dim), [exact * shape[0]] * 2)
    near(np.mean(x, axis=0), [exact] * 2)
    near(np.sum(x, axis=0), [exact * shape[0]] * 2)
    near(mg.einsum("ij->j", x), [exact * shape[0]] * 2)
    near(x.norm(dim=0), [exact * shape[0] ** 0.5] * 2)


def test_cumsum_and_its_gradient():
    x = mg.full((3 * 10**6,), 0.1, requires_grad=True)
    sums = x.cumsum(0)
    near(sums[-1], 3e6 * TENTH, 1e-7)
    sums.backward(mg.full(sums.shape, 0.1))
    near(x.grad[:2], np.array([3e6, 3e6 - 1]) * TENTH, 1e-7)


def test_cumsum_passes_what_float32_cannot_hold():
    near(mg.tensor([3e38, 3e38, -3e38]).cumsum(0), np.array([3e38, np.inf, 3e38], np.float32))


@pytest.mark.parametrize("correction", [0, 1])
def test_variance_of_a_large_set(correction):
    x = mg.from_numpy(np.random.default_rng(0).normal(100, 1, (200000, 2)).astype(np.float32))
    exact = x.numpy().astype(np.float64).var(0, ddof=correction)
    near(x.var(0, correction=correction), exact)
    near(x.std(0, correction=correction), np.sqrt(exact))
    near(np.var(x, axis=0, ddof=correction), exact)


def test_softmax_family_over_many_rows():
    x = mg.zeros(100000, 2, requires_grad=True)
    near(x.softmax(0).sum(0), [1, 1])
    near(x.log_softmax(0)[0], [-np.log(1e5)] * 2)
    near(x.logsumexp(0), [np.log(1e5)] * 2)
    g = np.full(x.shape, TENTH, np.float32)
    (gx,) = mg.autograd.grad(x.log_softmax(0), x, mg.from_numpy(g))
    np.testing.assert_allclose(gx.numpy(), 0, atol=1e-7)


@pytest.mark.parametrize("columns", [2, 1000])
def test_gradient_of_what_was_broadcast(columns):
    rows = 120000 // columns
    x, g = mg.zeros(rows, columns), mg.full((rows, columns), 0.1)
    for shape in ((columns,), (1, columns), (rows, 1), (1, 1), ()):
        bias = mg.zeros(shape, requires_grad=True)
        (x + bias).backward(g)
        near(bias.grad, np.full(shape, TENTH * x.numel() / bias.numel()))
    layer = nn.Linear(3, columns)
    layer(mg.zeros(rows, 3)).backward(g)
    near(layer.bias.grad, [TENTH * rows] * columns)


def test_gradient_of_a_broadcast_bias_under_create_graph():
    bias = mg.zeros(2, requires_grad=True)
    out = (mg.full((60000, 2), 0.1) * bias).sum()
    (g,) = mg.autograd.grad(out, bias, create_graph=True)
    near(g, [TENTH * 60000] * 2)


def test_gradients_of_convolution_bias():
    layer = nn.Conv2d(1, 2, 1)
    layer(mg.zeros(300, 1, 20, 20)).backward(mg.full((300, 2, 20, 20), 0.1))
    near(layer.bias.grad, [TENTH * 120000] * 2)


def test_gradients_of_convolution_weights():
    layer = nn.Conv2d(1, 2, 3, padding=1)
    layer(mg.ones(2000, 1, 12, 12)).backward(mg.full((2000, 2, 12, 12), 0.1))
    near(layer.weight.grad[:, :, 1, 1], [[TENTH * 288000]] * 2)
    near(layer.weight.grad[:, :, 0, 2], [[TENTH * 242000]] * 2)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [(nn.BatchNorm1d, (100000, 2)), (nn.BatchNorm1d, (5000, 2, 20)), (nn.BatchNorm2d, (5000, 2, 5, 4))],
    ids=str,
)
def test_batch_norm(layer, shape):
    norm = layer(2, momentum=1.0)
    x = mg.from_numpy(np.random.default_rng(0).normal(100, 1, shape).astype(np.float32))
    axes = (0, *range(2, len(shape)))
    exact = x.numpy().astype(np.float64)
    norm(x).backward(mg.full(shape, 0.1))
    near(norm.running_mean, exact.mean(axes))
    near(norm.running_var, exact.var(axes, ddof=1))
    near(norm.bias.grad, [TENTH * 100000 * (len(shape) > 2 or 1)] * 2)


def test_layer_norm_of_many_and_of_wide_rows():
    rng = np.random.default_rng(0)
    many = nn.LayerNorm(2)
    x = mg.from_numpy(rng.normal(100, 1, (60000, 2)).astype(np.float32))
    many(x).backward(mg.full(x.shape, 0.1))
    near(many.bias.grad, [TENTH * 60000] * 2)
    wide = mg.from_numpy(rng.normal(5, 1, (2, 60000)).astype(np.float32))
    exact = wide.numpy().astype(np.float64)
    exact = (exact - exact.mean(1, keepdims=True)) / np.sqrt(exact.var(1, keepdims=True) + 1e-5)
    for out in (nn.LayerNorm(60000)(wide), nn.functional.layer_norm(wide, (60000,))):
        np.testing.assert_allclose(out.detach().numpy(), exact, atol=5e-6)


def test_losses_over_a_large_batch():
    n = 3 * 10**6
    x, zeros = mg.full((n // 2, 2), 0.1), mg.zeros(n // 2, 2)
    near(nn.functional.mse_loss(x, zeros), TENTH**2)
    near(nn.functional.mse_loss(x, zeros, reduction="sum"), TENTH**2 * n)
    near(nn.functional.l1_loss(x.T, zeros.T), TENTH)
    labels = mg.zeros(n // 2, dtype=mg.int64)
    near(nn.functional.cross_entropy(x, labels), np.log(2))
    near(nn.functional.cross_entropy(x, labels, weight=mg.tensor([0.3, 1.0])), np.log(2))
    near(nn.functional.cross_entropy(x.T[None], labels[None], reduction="sum"), np.log(2) * n / 2)


def test_sums_of_little_and_of_nothing():
    assert mg.zeros(0, 3).sum(0).tolist() == [0, 0, 0]
    assert mg.zeros(100, 0).sum(0).shape == (0,)
    assert mg.zeros(100, 0).sum(1).tolist() == [0] * 100
    assert mg.zeros(100, 0, 7).sum((0, 2), keepdim=True).shape == (1, 0, 1)
    assert mg.tensor(3.0).sum().item() == 3
    assert mg.ones(300, 2, dtype=mg.int64).sum(0).tolist() == [300, 300]


def test_infinities_and_nan_stay_in_their_columns():
    x = mg.ones(3000, 4)
    x[17, 1], x[18, 2], x[2999, 3] = float("inf"), float("nan"), float("-inf")
    np.testing.assert_array_equal(x.sum(0).numpy(), [3000, np.inf, np.nan, -np.inf])
