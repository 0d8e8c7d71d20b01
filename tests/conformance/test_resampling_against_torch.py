"""Interpolation, adaptive means and padding with NaN, infinities and lengths that hardly change."""

import numpy as np
import pytest

from .outcomes import assert_same

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore")

NAN = float("nan")


def images(m):
    """Two images of three channels, one with a NaN and one with an infinity, in float32."""
    x = m.from_numpy(np.random.default_rng(0).standard_normal((2, 3, 5, 4)).astype(np.float32))
    x[0, 0, 1, 1] = NAN
    x[1, 1, 3, 2] = np.inf
    return x


def with_gradient(resample, axes):
    def program(m):
        x = images(m) if axes == 2 else images(m)[:, :, 1]
        x.requires_grad_()
        y = resample(m.nn.functional, x)
        y.sum().backward()
        return y.detach(), x.grad

    return program


CASES = {}
for n in (1, 2, 3, 4, 6, 9):
    CASES[f"adaptive 1d {n}"] = with_gradient(lambda F, x, n=n: F.adaptive_avg_pool1d(x, n), 1)
    CASES[f"adaptive 2d {n}"] = with_gradient(lambda F, x, n=n: F.adaptive_avg_pool2d(x, (n, 3)), 2)
for factor in (0.5, 0.9, 1.1, 1.24, 2.0, 2.08, 3):
    for mode in ("bilinear", "nearest"):
        CASES[f"{mode} {factor}"] = with_gradient(
            lambda F, x, factor=factor, mode=mode: F.interpolate(x[:, 2:], scale_factor=factor, mode=mode), 2
        )
    CASES[f"linear {factor}"] = with_gradient(
        lambda F, x, factor=factor: F.interpolate(x[:, 2:], scale_factor=factor, mode="linear"), 1
    )
for factor in (0.5, 1.1, 1.24, 2.0):  # for others a share may be 0 or 1e-8, by rounding, and then times NaN
    CASES[f"NaN {factor}"] = with_gradient(
        lambda F, x, factor=factor: F.interpolate(x[:1], scale_factor=factor, mode="bilinear"), 2
    )
CASES["large means"] = lambda m: [m.nn.functional.adaptive_avg_pool2d(m.tensor([[[3.0, 3e38], [3e38, 9.0]]]), 1)]
CUTS = [(2, (-3, 2)), (2, (2, -3)), (1, (-2, 3)), (0, (-1, 1)), (2, (-2, 2)), (2, (-1, -1)), (2, (1, -2))]
for length, widths in CUTS:
    CASES[f"pad {length} by {widths}"] = lambda m, length=length, widths=widths: [
        m.nn.functional.pad(m.ones(length), widths)
    ]


@pytest.mark.parametrize("program", CASES.values(), ids=CASES)
def test_it_is_that_of_pytorch(program):
    assert_same(program)
