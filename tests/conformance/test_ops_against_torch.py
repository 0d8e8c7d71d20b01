"""Every operation of the table against PyTorch: values, shapes, dtypes and gradients."""

import numpy as np
import pytest

import minigrad as mg

from ..operations import OPERATIONS, arrays

torch = pytest.importorskip("torch")

CASES = [(row, shapes) for row in OPERATIONS for shapes in row.shapes]
IDS = [f"{row.name}-{'-'.join(str(shape) for shape in shapes)}" for row, shapes in CASES]


def dtype_name(x):
    return str(x.dtype).removeprefix("torch.")


def assert_same(ours, theirs, rtol):
    assert ours.shape == tuple(theirs.shape)
    assert dtype_name(ours) == dtype_name(theirs)
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=rtol, atol=rtol)


@pytest.mark.parametrize("permuted", [False, True], ids=["dense", "permuted"])
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-13), (np.float32, 1e-5)], ids=["float64", "float32"])
@pytest.mark.parametrize(("row", "shapes"), CASES, ids=IDS)
def test_values_and_gradients(row, shapes, dtype, rtol, permuted):
    inputs = arrays(row, shapes, seed=2, dtype=dtype, permuted=permuted)
    ours = [mg.from_numpy(x.copy("K")).requires_grad_() for x in inputs]
    theirs = [torch.from_numpy(x).requires_grad_() for x in inputs]
    out, expected = row.call(mg, *ours), row.call(torch, *theirs)
    assert_same(out, expected, rtol)
    assert out.requires_grad == expected.requires_grad
    g = np.random.default_rng(3).standard_normal(out.shape).astype(dtype)
    out.backward(mg.tensor(g))
    expected.backward(torch.tensor(g))
    for x, y in zip(ours, theirs, strict=True):
        assert_same(x.grad, y.grad, rtol * 10)


@pytest.mark.parametrize("dtype", [np.int64, np.int32])
@pytest.mark.parametrize(("row", "shapes"), [c for c in CASES if c[0].integers], ids=lambda v: getattr(v, "name", v))
def test_values_of_integers(row, shapes, dtype):
    inputs = arrays(row, shapes, seed=4, dtype=dtype)
    assert_same(row.call(mg, *map(mg.from_numpy, inputs)), row.call(torch, *map(torch.from_numpy, inputs)), 1e-5)
