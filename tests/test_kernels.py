"""Each fused kernel against the plain composition that it equals: values, gradients, and gradients of gradients."""

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels
from minigrad.core import record
from minigrad.kernels import activation, convolution, dense, normalization, pooling, recurrent
from minigrad.nn import functional as F
from tests.quick import first_quick


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


WINDOWS = {
    "pads": ((1, 1), (0, 1)), "kernel": (3, 2), "stride": (2, 1), "dilation": (1, 2), "positions": (3, 5)
}  # fmt: skip
TILES = {
    "pads": ((0, 0), (0, 0)), "kernel": (2, 3), "stride": (2, 3), "dilation": (1, 1), "positions": (2, 2)
}  # fmt: skip
STRIDED = {
    "pads": ((1, 1), (3, 1)), "kernel": (3, 2), "stride": (2, 1), "dilation": (1, 2), "positions": (3, 8)
}  # fmt: skip
TURNED = {**STRIDED, "pads": ((1, 1), (2, 1)), "stride": (1, 1), "positions": (4, 4)}
SEQUENCE = {"pads": ((1, 2),), "kernel": (3,), "stride": (1,), "dilation": (2,), "positions": (6,)}
MASK = np.tri(4, 5, dtype=bool)
MASK[2] = False  # may look nowhere
LABELS = np.array([2, 0, 2, 1])


def moments(x):
    mean, variance = normalization.moments_of_channels(x.detach().numpy())
    return {"mean": mean, "variance": variance}


def layer(kernel, gates, states, bias=True, sizes=(3, 2, 2), is_reverse=False, **options):
    """A case of a recurrent layer from 3 to 2 features; the third sequence ends before the others."""
    shapes = [(sum(sizes), 3), *[(3, 2)] * states, (2 * gates, 3), (2 * gates, 2), *[(2 * gates,)] * 2 * bias]
    missing = () if bias else (None, None)

    def call(kernel, *inputs):
        return kernel(*inputs, *missing, sizes=list(sizes), is_reverse=is_reverse, **options)

    return kernel, call, [drawn(*shape, seed=seed) for seed, shape in enumerate(shapes)]


LAYERS = {
    "rnn of tanh": layer(recurrent.rnn, 1, 1, activation="tanh"),
    "rnn of relu, backwards": layer(recurrent.rnn, 1, 1, is_reverse=True, activation="relu"),
    "rnn without bias": layer(recurrent.rnn, 1, 1, bias=False, sizes=(3, 2), activation="tanh"),
    "lstm": layer(recurrent.lstm, 4, 2),
    "lstm backwards": layer(recurrent.lstm, 4, 2, is_reverse=True),
    "lstm without bias": layer(recurrent.lstm, 4, 2, bias=False, sizes=(3, 3, 3)),
    "gru": layer(recurrent.gru, 3, 1),
    "gru backwards": layer(recurrent.gru, 3, 1, is_reverse=True),
    "gru without bias": layer(recurrent.gru, 3, 1, bias=False, sizes=(3, 1)),
}
by_layer = pytest.mark.parametrize("name", LAYERS)

# The kernel, how it is called, and the inputs that are differentiated.
CASES = {
    "linear": (dense.linear, lambda kernel, x, w, b: kernel(x, w, b), [drawn(2, 3, 5), drawn(4, 5), drawn(4)]),
    "linear without bias": (dense.linear, lambda kernel, x, w: kernel(x, w, None), [drawn(3, 5), drawn(4, 5)]),
    "cross_entropy": (dense.mean_cross_entropy, lambda kernel, x: kernel(x, LABELS), [30 * drawn(4, 3)]),
    "layer_norm": (
        normalization.layer_norm_of_rows,
        lambda kernel, x, w, b: kernel(x, w, b, eps=1e-3),
        [drawn(2, 3, 6), drawn(6, seed=1), drawn(6, seed=2)],
    ),
    "masked_softmax": (
        activation.masked_softmax, lambda kernel, x: kernel(x, scale=0.7, mask=MASK), [5 * drawn(2, 4, 5)]
    ),
    "max_pool2d": (pooling.max_pooled, lambda kernel, x: kernel(x, windows=WINDOWS), [drawn(2, 3, 5, 6)]),
    "max_pool2d of tiles": (pooling.max_pooled, lambda kernel, x: kernel(x, windows=TILES), [drawn(2, 3, 5, 6)]),
    "convolution": (
        convolution.convolution,
        lambda kernel, x, w, b: kernel(x, w, b, groups=2, windows=TURNED),
        [drawn(3, 4, 4, 3), drawn(4, 2, 3, 2, seed=1), drawn(4, seed=2)],
    ),
    "convolution with strides": (
        convolution.convolution,
        lambda kernel, x, w: kernel(x, w, None, groups=1, windows=STRIDED),
        [drawn(2, 2, 5, 6), drawn(3, 2, 3, 2, seed=1)],
    ),
    "convolution of sequences": (
        convolution.convolution,
        lambda kernel, x, w, b: kernel(x, w, b, groups=1, windows=SEQUENCE),
        [drawn(2, 2, 7), drawn(3, 2, 3, seed=1), drawn(3, seed=2)],
    ),
    "batch_norm": (
        normalization.batch_norm_of_channels,
        lambda kernel, x, w, b: kernel(x, w, b, eps=1e-3, **moments(x)),
        [5 + 3 * drawn(4, 3, 2, 5), drawn(3, seed=1), drawn(3, seed=2)],
    ),
    "batch_norm of rows": (
        normalization.batch_norm_of_channels,
        lambda kernel, x, b: kernel(x, None, b, eps=1e-3, **moments(x)),
        [5 + 3 * drawn(6, 3), drawn(3, seed=2)],
    ),
    "batch_norm alone": (
        normalization.batch_norm_of_channels,
        lambda kernel, x: kernel(x, None, None, eps=1e-3, **moments(x)),
        [drawn(4, 3, 5)],
    ),
    "mse_loss": (
        dense.mean_squared_error, lambda kernel, x, target: kernel(x, target), [drawn(3, 4), drawn(3, 4, seed=1)]
    ),
    "gelu": (
        activation.gelu_of_singles,
        lambda kernel, x: kernel(x),
        [np.concatenate([np.linspace(-12, 12, 40_001), [0.0, 1e-20]])],
    ),
    **LAYERS,
}  # fmt: skip
fused = pytest.mark.skipif(not kernels.ENABLED, reason="MINIGRAD_KERNELS=0: the compositions run in their place")


def test_each_kernel_has_a_case():
    assert {kernel.__name__ for kernel in kernels.KERNELS} == {name.split()[0] for name in CASES}


@pytest.mark.parametrize("switch", ["0", "1"])
def test_one_variable_switches_all_kernels(switch):
    program = (
        "import minigrad as mg\nx = mg.ones(4, 3, requires_grad=True)\n"
        "print(mg.nn.functional.linear(x, mg.ones(2, 3)).grad_fn, mg.nn.functional.mse_loss(x, x).grad_fn)"
    )
    environment = {**os.environ, "MINIGRAD_KERNELS": switch}
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    expected = {"0": "<MatmulBackward0> <DivBackward0>\n", "1": "<LinearBackward0> <MseLossBackward0>\n"}
    assert (result.stdout, result.stderr) == (expected[switch], "")


def results(kernel, call, arrays, dtype):
    """The value, and the gradients for a random weighting of its elements."""
    inputs = [mg.tensor(array.astype(dtype), requires_grad=True) for array in arrays]
    out = call(kernel, *inputs)
    out.backward(mg.tensor(drawn(*out.shape, seed=9).astype(dtype)))
    return [out.detach().numpy(), *[x.grad.numpy() for x in inputs]]


@fused
@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        (name, dtype)
        for name in CASES
        for dtype in ("float32", "float64")
        if dtype == "float32" or name != "gelu"
    ],
)
def test_a_kernel_equals_its_composition(name, dtype):
    kernel, call, arrays = CASES[name]
    ours = results(kernel, call, arrays, dtype)
    plain = results(kernel.definition, call, arrays, "float64")
    for mine, expected in zip(ours, plain, strict=True):
        assert mine.dtype == dtype
        tolerance = 1e-12 if dtype == "float64" else 2e-6
        np.testing.assert_allclose(mine, expected, rtol=tolerance, atol=tolerance * max(1, np.abs(expected).max()))


@fused
@pytest.mark.parametrize("name", first_quick([name for name in CASES if name != "gelu" and name not in LAYERS], 5))
def test_a_kernel_differentiates_twice(name):
    kernel, call, arrays = CASES[name]
    inputs = [mg.tensor(array, requires_grad=True) for array in arrays]
    weights = mg.tensor(drawn(*call(kernel, *inputs).shape, seed=9))
    assert mg.autograd.gradcheck(lambda *xs: call(kernel, *xs) * weights, inputs)
    assert mg.autograd.gradgradcheck(lambda *xs: call(kernel, *xs) * weights, inputs)


def twice(kernel, call, arrays, wanted):
    """The gradients of a gradient with respect to one input, the only one that wants any, and to the weighting."""
    inputs = [mg.tensor(array, requires_grad=i == wanted) for i, array in enumerate(arrays)]
    out = call(kernel, *inputs)
    seed = mg.tensor(drawn(*out.shape, seed=9), requires_grad=True)
    (first,) = mg.autograd.grad(out, inputs[wanted], seed, create_graph=True)
    (first * first).sum().backward()
    return [first.detach().numpy(), *[0 if x.grad is None else x.grad.numpy() for x in (inputs[wanted], seed)]]


@fused
@pytest.mark.parametrize(("name", "wanted"), [(name, i) for name, case in CASES.items() for i in range(len(case[2]))])
def test_a_kernel_differentiates_twice_by_one_input_alone(name, wanted):
    kernel, call, arrays = CASES[name]
    dtype = np.float32 if name == "gelu" else np.float64
    arrays = [array.astype(dtype) for array in arrays]
    pairs = zip(*(twice(each, call, arrays, wanted) for each in (kernel, kernel.definition)), strict=True)
    for mine, expected in pairs:
        tolerance = 1e-5 if name == "gelu" else 1e-10
        np.testing.assert_allclose(mine, expected, rtol=tolerance, atol=tolerance)


@fused
def test_higher_orders_run_the_definition_once_and_go_back_to_the_wanted_inputs_alone(monkeypatch):
    monkeypatch.setattr(kernels, "KERNELS", [])
    seen = []

    @record.operation(lambda g, y: seen.append("gx") or g * y, lambda g, x: seen.append("gy") or g * x)
    def product(x, y):
        seen.append("product")
        return x * y

    @kernels.kernel(product)
    def fast_product(x, y):
        return x * y, lambda g: g * y, lambda g: g * x

    x, y = mg.tensor(2.0, requires_grad=True), mg.tensor(5.0, requires_grad=True)
    for wanted, rules in (([x, y], ["gx", "gy"]), ([x], ["gx"]), ([y], ["gy"])):
        out = fast_product(x, y)
        gradients = mg.autograd.grad(out, wanted, create_graph=True)
        assert [g.item() for g in gradients] == [{x: 5.0, y: 2.0}[t] for t in wanted]
        assert seen == ["product", *rules]
        seen.clear()
        mg.autograd.grad(out, wanted)
        assert not seen


@fused
@pytest.mark.parametrize("name", CASES)
def test_a_second_backward_through_a_retained_graph_gives_the_same(name):
    kernel, call, arrays = CASES[name]
    x = mg.tensor(arrays[0].astype(np.float32), requires_grad=True)
    others = [mg.tensor(array.astype(np.float32)) for array in arrays[1:]]
    out = call(kernel, x, *others)
    seed = mg.tensor(drawn(*out.shape, seed=9).astype(np.float32))
    first = mg.autograd.grad(out, x, seed, retain_graph=True)[0].numpy()
    np.testing.assert_array_equal(first, mg.autograd.grad(out, x, seed)[0].numpy())


@fused
def test_the_fast_cross_entropy_is_taken_only_where_it_is_the_same():
    x = mg.tensor(drawn(4, 3), requires_grad=True)
    labels = mg.tensor(LABELS)
    assert F.cross_entropy(x, labels).grad_fn.operation is dense.mean_cross_entropy
    for options in ({"ignore_index": 2}, {"label_smoothing": 0.1}, {"weight": mg.ones(3, dtype=mg.float64)}):
        assert F.cross_entropy(x, labels, **options).grad_fn.operation is not dense.mean_cross_entropy
    with pytest.raises(IndexError, match=r"-1 .* \[0, 2\]"):
        F.cross_entropy(x, mg.tensor([0, 1, 2, -1]))
    with pytest.raises(IndexError, match=r"3 .* \[0, 2\]"):
        F.cross_entropy(x, mg.tensor([0, 1, 2, 3]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("shape", [(), (0, 3), (1,), (7,), (33, 66), (2, 3, 40)])
def test_relu_leaves_each_number_that_is_not_below_zero_as_it_is(shape, dtype):
    numbers = [-0.0, 2, -1, 0] if dtype == np.int64 else [-0.0, np.nan, -1.5, np.inf, 0.0, -np.inf, 2.0]
    x = mg.from_numpy(np.resize(np.array(numbers, dtype), shape))
    for y in (x, x.mT if x.ndim > 1 else x, x[..., ::2] if x.ndim else x, x[..., None].expand(*shape, 3)):
        found, values = mg.relu(y), y.numpy()
        assert (found.shape, found.dtype) == (y.shape, y.dtype)
        np.testing.assert_array_equal(found.numpy(), np.where(values < 0, 0, values))
        np.testing.assert_array_equal(np.signbit(found.numpy()), np.signbit(np.where(values < 0, 0, values)))
        assert found.is_contiguous() or not y.is_contiguous()


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
    masked = activation.masked_softmax(layout, scale=0.7, mask=MASK)
    expected = activation.masked_softmax(layout.contiguous(), scale=0.7, mask=MASK)
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
        got = np.zeros((5, 2, 3))
        dense.add_rows_at(got, (index,), g)
        np.testing.assert_allclose(got, expected, rtol=1e-14)


@by_layer
def test_the_gradients_of_a_layer_are_central_differences(name):
    kernel, call, arrays = LAYERS[name]
    assert mg.autograd.gradcheck(lambda *xs: call(kernel, *xs), [mg.tensor(x, requires_grad=True) for x in arrays])


@fused
@by_layer
def test_a_layer_differentiates_twice_as_its_composition(name):
    kernel, call, arrays = LAYERS[name]
    found = []
    for layer in (kernel, kernel.definition):
        inputs = [mg.tensor(array, requires_grad=True) for array in arrays]
        out = call(layer, *inputs)
        seed = mg.tensor(drawn(*out.shape, seed=9), requires_grad=True)
        gradients = mg.autograd.grad(out, inputs, seed, create_graph=True)
        sum((g * g).sum() for g in gradients).backward()
        found.append([x.grad.numpy() for x in (*inputs, seed)])
    for mine, expected in zip(*found, strict=True):
        assert expected.any()
        np.testing.assert_allclose(mine, expected, rtol=1e-11, atol=1e-12)


@by_layer
def test_a_layer_gives_the_gradients_that_are_wanted_and_no_others(name):
    kernel, call, arrays = LAYERS[name]
    everything = results(kernel, call, arrays, "float64")[1:]
    for wanted in itertools.product([False, True], repeat=len(arrays)):
        inputs = [mg.tensor(array, requires_grad=w) for array, w in zip(arrays, wanted, strict=True)]
        out = call(kernel, *inputs)
        assert out.requires_grad == any(wanted)
        if any(wanted):
            out.backward(mg.tensor(drawn(*out.shape, seed=9)))
        for x, expected in zip(inputs, everything, strict=True):
            assert (x.grad is None) != x.requires_grad
            if x.requires_grad:
                np.testing.assert_array_equal(x.grad.numpy(), expected)


@by_layer
def test_a_layer_walks_back_anew_for_another_gradient(name):
    kernel, call, arrays = LAYERS[name]
    inputs = [mg.tensor(array, requires_grad=True) for array in arrays]
    out = call(kernel, *inputs)
    seed = mg.tensor(drawn(*out.shape, seed=9))
    once = mg.autograd.grad(out, inputs, seed, retain_graph=True)
    twice = mg.autograd.grad(out, inputs, 2 * seed)
    for first, second in zip(once, twice, strict=True):
        np.testing.assert_allclose(second.numpy(), 2 * first.numpy(), rtol=1e-12)


@fused
@by_layer
def test_a_layer_notices_when_what_it_needs_is_overwritten_and_the_rest_may_be(name):
    kernel, call, arrays = LAYERS[name]
    everything = results(kernel, call, arrays, "float64")[1:]
    states = 2 if "lstm" in name else 1
    needed = {0, 1 + states, 2 + states}  # the input and the weights
    for i in range(len(arrays) + 1):
        inputs = [mg.tensor(array, requires_grad=True) for array in arrays]
        out = call(kernel, *inputs)
        following = out + 0
        (*inputs, out)[i].detach().zero_()
        seed = mg.tensor(drawn(*out.shape, seed=9))
        if i in needed:
            with pytest.raises(RuntimeError, match=name.split()[0]):
                following.backward(seed)
        else:
            following.backward(seed)
            for x, expected in zip(inputs, everything, strict=True):
                np.testing.assert_array_equal(x.grad.numpy(), expected)


@pytest.mark.parametrize("name", ["rnn of tanh", "lstm", "gru"])
def test_a_layer_is_finite_where_its_gates_are_shut_or_wide_open(name):
    kernel, call, arrays = LAYERS[name]
    for result in results(kernel, call, [1e15 * array for array in arrays], "float32"):
        assert np.isfinite(result).all()
