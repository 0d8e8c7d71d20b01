"""Convolution, pooling and batch norm with all their options, in any memory layout, against PyTorch."""

import itertools

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


LAYOUTS = {
    "contiguous": lambda x: x,
    "transposed": lambda x: np.ascontiguousarray(x.T).T,
    "every second": lambda x: np.repeat(x, 2, -1)[..., ::2],
}


def outcome(m, function, arrays, layout):
    """The result, and the gradients for a random weighting of its elements by eighths, which add up exactly."""
    inputs = [m.from_numpy(layout(array)).requires_grad_() for array in arrays]
    out = function(m.nn.functional, *inputs)
    weights = np.round(8 * drawn(*out.shape, seed=9)) / 8
    out.backward(m.from_numpy(layout(weights.astype(arrays[0].dtype))))
    return [out.detach().numpy(), *[x.grad.numpy() for x in inputs]]


def agree(function, arrays, layout="contiguous", tolerance=1e-11):
    pairs = [outcome(m, function, arrays, LAYOUTS[layout]) for m in (mg, torch)]
    for ours, theirs in zip(*pairs, strict=True):
        assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
        largest = np.abs(theirs[np.isfinite(theirs)]).max(initial=1)
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * largest)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("batch", [0, 1, 3])
def test_convolution_of_images(batch, layout):
    for kernel, stride, padding, dilation, groups, with_bias in itertools.product(
        [(3, 3), (1, 2), (2, 4)], [1, (2, 1)], [0, (1, 2), (4, 3)], [1, (1, 2)], [1, 2], [True, False]
    ):
        arrays = [drawn(batch, 4, 7, 9), drawn(6, 4 // groups, *kernel, seed=1)] + [drawn(6, seed=2)] * with_bias
        agree(
            lambda F, x, w, b=None, options=(stride, padding, dilation, groups): F.conv2d(x, w, b, *options),
            arrays,
            layout,
        )


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("batch", [0, 1, 3])
def test_convolution_of_sequences(batch, layout):
    for kernel, stride, padding, dilation, groups in itertools.product([1, 2, 3], [1, 2], [0, 1, 4], [1, 2], [1, 2]):
        arrays = [drawn(batch, 4, 9), drawn(6, 4 // groups, kernel, seed=1), drawn(6, seed=2)]
        agree(
            lambda F, x, w, b, options=(stride, padding, dilation, groups): F.conv1d(x, w, b, *options), arrays, layout
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_convolution_of_many_images(dtype):
    arrays = [drawn(90, 8, 20, 21), drawn(16, 8, 3, 3, seed=1) / 9, drawn(16, seed=2)]
    tolerance = 1e-10 if dtype == np.float64 else 1e-5
    agree(
        lambda F, x, w, b: F.conv2d(x, w, b, padding=1), [array.astype(dtype) for array in arrays], tolerance=tolerance
    )


def test_infinities_stay_where_the_windows_see_them():
    x = drawn(2, 1, 5, 6)
    x[0, 0, 2, 5] = np.inf
    x[1, 0, 0, 0] = np.nan
    agree(lambda F, x, w: F.conv2d(x, w, padding=(0, 1)), [x, drawn(2, 1, 2, 3, seed=1)])


def test_an_infinite_weight_reaches_what_it_sees_and_no_more():
    weight = drawn(2, 2, 3, 2, seed=1)
    weight[1, 0, 0, 1] = np.inf
    agree(lambda F, x, w: F.conv2d(x, w), [drawn(2, 2, 5, 6), weight])


def test_no_channels_have_gradients_of_no_elements():
    x, weight = mg.ones(2, 0, 4, 5, requires_grad=True), mg.ones(3, 0, 3, 3, requires_grad=True)
    mg.nn.functional.conv2d(x, weight).sum().backward()
    assert (x.grad.shape, weight.grad.shape) == (x.shape, weight.shape)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("values", [[0, 1, 2], [-np.inf, 0, np.inf], [0, 1, np.nan, -np.inf, np.inf]], ids=str)
def test_maxima_and_their_gradients_are_exactly_the_same(values, dtype):
    shapes = [(2, 3, 6, 8), (2, 3, 7, 9), (0, 3, 4, 4)]
    kernels = [(2, 2), (3, 2), (1, 2), (2, 1), (1, 1), (3, 3), (4, 4)]
    for shape, kernel, stride, layout in itertools.product(shapes, kernels, [None, (1, 2)], LAYOUTS):
        x = np.random.default_rng(0).choice(np.array(values, dtype), shape)
        agree(lambda F, x, options=(kernel, stride): F.max_pool2d(x, *options), [x], layout, tolerance=0)
        if kernel[0] == 2:
            agree(lambda F, x, k=kernel[1] + 1: F.max_pool1d(x, k), [x[..., 0]], layout, tolerance=0)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 5), (4, 3, 5, 6), (1, 3, 2, 1), (70, 3, 30, 40)], ids=str)
def test_batch_norm(shape, layout):
    arrays = [5 + 2 * drawn(*shape), drawn(3, seed=1), drawn(3, seed=2)]
    for training, given in itertools.product([True, False], [0, 1, 2]):
        statistics = []

        def normalized(F, x, *affine, training=training):
            m = mg if F is mg.nn.functional else torch
            running = [m.from_numpy(np.array([1.0, 2.0, 0.5])) for _ in range(2)]
            statistics.append(running)
            return F.batch_norm(x, *running, *affine, training=training, momentum=0.3)

        agree(normalized, arrays[: 1 + given], layout)
        for ours, theirs in zip(*statistics, strict=True):
            np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-12)


def test_batch_norm_of_singles_far_from_0_is_as_near_as_theirs():
    x = (1000 + drawn(8, 2, 30, 30)).astype(np.float32)
    exact = x.astype(np.float64)
    exact = (exact - exact.mean((0, 2, 3), keepdims=True)) / exact.std((0, 2, 3), keepdims=True)
    ours, theirs = (
        m.nn.functional.batch_norm(m.from_numpy(x), None, None, training=True).numpy() for m in (mg, torch)
    )
    assert np.abs(ours - exact).max() <= 2 * np.abs(theirs - exact).max() < 1e-3
