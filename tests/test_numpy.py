"""NumPy's functions on tensors: recorded through NEP 13 and 18, or refused; never detached in silence."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.autograd import gradcheck, gradgradcheck

X = np.random.default_rng(0).uniform(0.5, 2.0, (2, 3))
Y = np.random.default_rng(1).uniform(0.5, 2.0, (2, 3))

FUNCTIONS = {
    "add": lambda x: np.add(x, Y),
    "subtract": lambda x: np.subtract(Y, x),
    "multiply": lambda x: np.multiply(x, Y),
    "divide": lambda x: np.divide(Y, x),
    "power": lambda x: np.power(x, Y),
    "power of a number": lambda x: np.power(2.0, x),
    "operators": lambda x: (Y * x + 1) / (Y - 5 * x) - Y @ np.transpose(x) @ x,
    "negative": lambda x: np.negative(np.positive(x)),
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "tanh": np.tanh,
    "sign": lambda x: x * np.sign(x),
    "maximum": lambda x: np.maximum(x, Y),
    "minimum": lambda x: np.minimum(x, 1.0),
    "matmul": lambda x: np.matmul(x, Y.T),
    "sum": np.sum,
    "sum axis": lambda x: np.sum(x, axis=1, keepdims=True),
    "sum of both axes": lambda x: np.sum(x, axis=(0, 1)),
    "mean": lambda x: np.mean(x, axis=0),
    "var": lambda x: np.var(x, axis=1, ddof=1),
    "var of all": np.var,
    "max": lambda x: np.max(x, axis=1),
    "min": lambda x: np.min(x, axis=0, keepdims=True),
    "where": lambda x: np.where(Y > 1, x, 0),
    "where tensor": lambda x: np.where(x > Y, x, Y),
    "reshape": lambda x: np.reshape(x, (3, 2)),
    "transpose": lambda x: np.transpose(x),
    "transpose axes": lambda x: np.transpose(x, (1, 0)),
    "swapaxes": lambda x: np.swapaxes(x, 0, -1),
    "squeeze": lambda x: np.squeeze(np.expand_dims(x, 1)),
    "broadcast_to": lambda x: np.broadcast_to(x, (4, 2, 3)),
    "concatenate": lambda x: np.concatenate([x, Y, x], axis=1),
    "stack": lambda x: np.stack([x, x], axis=1),
    "std": np.std,
    "std axis": lambda x: np.std(x, axis=1, ddof=1, keepdims=True),
    "prod": np.prod,
    "prod axis": lambda x: np.prod(x, axis=1, keepdims=True),
    "cumsum": np.cumsum,
    "cumsum axis": lambda x: np.cumsum(x, axis=1) ** 2,
    "norm": np.linalg.norm,
    "norm axis": lambda x: np.linalg.norm(x, 3, axis=1, keepdims=True),
    "norm inf": lambda x: np.linalg.norm(x[0], ord=np.inf),
    "norm fro": lambda x: np.linalg.norm(x, "fro", (0, 1)),
    "dot": lambda x: np.dot(x, Y.T),
    "dot vectors": lambda x: np.dot(x[0], x[1]),
    "dot vector": lambda x: np.dot(Y, x[0]),
    "dot number": lambda x: np.dot(2, x),
    "outer": lambda x: np.outer(x, Y[0]),
    "einsum": lambda x: np.einsum("ij,kj->ik", x, Y),
    "repeat": lambda x: np.repeat(x, 2),
    "repeat axis": lambda x: np.repeat(x, [2, 1], axis=0) ** 2,
    "clip": lambda x: np.clip(x, -0.5, 1),
    "clip min": lambda x: np.clip(x, min=Y),
    "clip nothing": lambda x: np.clip(x, None, None),
    "moveaxis": lambda x: np.moveaxis(x, 0, -1),
    "tril": np.tril,
    "triu": lambda x: np.triu(x, k=1),
    "diag": lambda x: np.diag(x, k=1),
    "diag of a vector": lambda x: np.diag(x[0]),
    "log10": lambda x: np.log10(x),
    "trigonometry": lambda x: np.tan(x / 9) + np.arcsin(x / 9) * np.arccos(x / 9) - np.arctan(x),
    "hyperbolic": lambda x: np.sinh(x) / np.cosh(x),
    "logaddexp": lambda x: np.logaddexp(x, Y),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_are_numpys_and_gradients_are_right(name):
    function = FUNCTIONS[name]
    x = mg.tensor(X, requires_grad=True)
    out = function(x)
    assert isinstance(out, mg.Tensor) and out.requires_grad
    np.testing.assert_allclose(out.detach().numpy(), function(X), rtol=1e-14)
    assert gradcheck(function, x)
    assert gradgradcheck(function, x)


def test_what_has_no_gradient_is_computed():
    x = mg.tensor(X, requires_grad=True)
    assert np.argmax(x, axis=1).tolist() == X.argmax(1).tolist()
    assert np.argmin(x).item() == X.argmin()
    assert np.greater(x, Y).tolist() == (X > Y).tolist()
    assert (np.shape(x), np.ndim(x), np.size(x)) == ((2, 3), 2, 6)
    assert np.zeros_like(x).tolist() == np.zeros_like(X).tolist()
    assert np.ones_like(x, dtype=np.int64).dtype == mg.int64


REFUSED = {
    "fft": lambda x: np.fft.fft(x),
    "median": lambda x: np.median(x),
    "ufunc": lambda x: np.arctan2(x, x),
    "reduce": lambda x: np.add.reduce(x),
    "out": lambda x: np.exp(x, out=np.empty((2, 3))),
    "keyword": lambda x: np.sum(x, where=Y > 1),
    "linalg": lambda x: np.linalg.inv(x),
    "norm of matrices": lambda x: np.linalg.norm(x, 2),
    "norm of a vector": lambda x: np.linalg.norm(x[0], "fro"),
    "dot of more axes": lambda x: np.dot(x, np.ones((2, 3, 2))),
    "std keyword": lambda x: np.std(x, dtype=np.float64),
    "clip out": lambda x: np.clip(x, 0, 1, out=x),
    "einsum keyword": lambda x: np.einsum("ij", x, optimize=True),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_rule_is_refused(name):
    with pytest.raises(TypeError, match=r"has no gradient rule.*detach\(\)\.numpy\(\)"):
        REFUSED[name](mg.tensor(X, requires_grad=True))


@pytest.mark.parametrize(
    "convert", [np.asarray, np.array, lambda x: x.numpy(), lambda x: np.array(x, dtype=np.float32)]
)
def test_nothing_detaches_in_silence(convert):
    with pytest.raises(RuntimeError, match=r"tensor\.detach\(\)\.numpy\(\)"):
        convert(mg.tensor(X, requires_grad=True))
    np.testing.assert_allclose(convert(mg.tensor(X)), X, rtol=1e-7)


def test_arrays_share_memory_unless_copied():
    x = mg.tensor(X)
    assert np.shares_memory(x.numpy(), np.asarray(x))
    assert not np.shares_memory(x.numpy(), np.array(x))
    array = X.copy()
    t = mg.from_numpy(array)
    array[0, 0] = 9
    assert t[0, 0].item() == 9
    assert not np.shares_memory(mg.tensor(array).numpy(), array)


@pytest.mark.parametrize(
    "scale",
    [2.0, 2, True, np.float64(2), np.float32(2), np.int64(2), np.sqrt(2), np.bool_(True), np.array(2.0)],
    ids=lambda v: type(v).__name__,
)
def test_numbers_do_not_widen_float32(scale):
    x = mg.ones(3, requires_grad=True)
    minus = () if isinstance(scale, (bool, np.bool_)) else (scale - x,)
    for out in (x * scale, scale * x, x / scale, scale / x, x + scale, x**scale, np.maximum(x, scale), *minus):
        assert out.dtype == mg.float32
    (x * scale).sum().backward()
    assert x.grad.dtype == mg.float32


def test_a_float64_array_with_axes_widens_as_a_float64_tensor_does():
    x = mg.ones(3, requires_grad=True)
    y = x * np.ones(3)
    assert y.dtype == mg.float64
    y.sum().backward()
    assert x.grad.dtype == mg.float32
