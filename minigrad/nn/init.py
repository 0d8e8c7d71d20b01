"""Starting values for parameters, written in place.

They are drawn from `minigrad.random` unless a `generator` is given. Each function returns its
tensor. `fan_in` and `fan_out` are the number of inputs of an output and of outputs of an input, for
a weight (out, in, ...) whose further axes are a kernel's; fewer than two axes are a ValueError.
"""

import math
import numbers

import numpy as np

from .. import absent, arguments
from ..random import rand, randn
from .functional.checks import check_floating
from .functional.deprecated import old_name
from .module import overwrite

_GAINS = {"linear": 1, "sigmoid": 1, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4} | {
    f"conv{kind}{d}d": 1 for kind in ("", "_transpose") for d in (1, 2, 3)
}


def calculate_gain(nonlinearity, param=None):
    """Return the factor on weights that makes up for the variance lost in a nonlinearity.

    `param` is the negative slope of "leaky_relu" (0.01 by default). ValueError for an unknown name.
    """
    slope = 0.01 if param is None else param
    is_slope = isinstance(slope, numbers.Real) and not isinstance(slope, bool)
    if nonlinearity == "leaky_relu" and is_slope:
        return math.sqrt(2 / (1 + slope**2))
    if not isinstance(nonlinearity, str) or nonlinearity not in _GAINS:
        raise ValueError(
            f"calculate_gain(): unsupported {nonlinearity!r} with {param}; "
            f"known: leaky_relu, {[*_GAINS]}"
        )
    return _GAINS[nonlinearity]


def uniform_(tensor, a=0.0, b=1.0, generator=None):
    """Draw from the uniform distribution in [a, b).

    RuntimeError unless the bounds are finite and in order.
    """
    if not -math.inf < a <= b < math.inf:
        raise RuntimeError(f"uniform_(): the bounds must be finite and in order, got a={a}, b={b}")
    draw = rand(tensor.shape, generator=generator, dtype=tensor.dtype)._array
    return overwrite(tensor, a + (b - a) * draw)


def normal_(tensor, mean=0.0, std=1.0, generator=None):
    """Draw from the normal distribution of this mean and standard deviation.

    RuntimeError unless std >= 0.
    """
    if not std >= 0:
        raise RuntimeError(f"normal_(): std must not be negative, got {std}")
    draw = randn(tensor.shape, generator=generator, dtype=tensor.dtype)._array
    return overwrite(tensor, mean + std * draw)


def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None):
    """Draw from the normal distribution, on the condition that a value lies in [a, b].

    RuntimeError unless a <= b, ValueError unless std > 0.
    """
    from statistics import NormalDist  # here: it takes long to load, and nothing else needs it

    check_floating("trunc_normal_", tensor)
    if not a <= b:
        raise RuntimeError(f"trunc_normal_(): the bounds must be in order, got a={a}, b={b}")
    if not std > 0:
        raise ValueError(f"trunc_normal_(): std must be positive, got {std}")
    # probabilities near 0 have all their digits, those near 1 none: mirror the upper tail
    sign = -1 if a > mean else 1
    low, high = sorted([sign * (a - mean) / std, sign * (b - mean) / std])
    normal = NormalDist()
    p_low = normal.cdf(low)
    p_high = normal.cdf(high)
    p = p_low + (p_high - p_low) * rand(tensor.shape, generator=generator, dtype=np.float64)._array
    p = np.clip(p, np.finfo(np.float64).tiny, 1 - np.finfo(np.float64).epsneg)
    z = np.reshape([normal.inv_cdf(x) for x in p.flat], tensor.shape).clip(low, high)
    return overwrite(tensor, mean + std * (sign * z))


def constant_(tensor, val):
    """Set every element to `val`."""
    return overwrite(tensor, val)


def ones_(tensor):
    """Set every element to 1."""
    return overwrite(tensor, 1)


def zeros_(tensor):
    """Set every element to 0."""
    return overwrite(tensor, 0)


def eye_(tensor):
    """Set a matrix to 1 on its diagonal, else 0. ValueError unless there are two axes."""
    if tensor.ndim != 2:
        raise ValueError(
            f"eye_(): only a matrix has a diagonal, the tensor has shape {tensor.shape}"
        )
    return overwrite(tensor, np.eye(*tensor.shape))


def _calculate_fan_in_and_fan_out(tensor):
    """Return fan_in and fan_out, under the name by which programs ask for them."""
    if tensor.ndim < 2:
        raise ValueError(
            "fan_in and fan_out need a tensor of two axes or more, "
            f"this one has shape {tensor.shape}"
        )
    positions = math.prod(tensor.shape[2:])
    return tensor.shape[1] * positions, tensor.shape[0] * positions


def _xavier_std(tensor, gain):
    return gain * math.sqrt(2 / max(1, sum(_calculate_fan_in_and_fan_out(tensor))))


def xavier_uniform_(tensor, gain=1.0, generator=None):
    """Draw from the uniform distribution of variance gain**2 * 2 / (fan_in + fan_out).

    Glorot and Bengio 2010, equation 16.
    """
    bound = math.sqrt(3) * _xavier_std(tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor, gain=1.0, generator=None):
    """Draw from the normal distribution of variance gain**2 * 2 / (fan_in + fan_out).

    Glorot and Bengio 2010, equation 12.
    """
    return normal_(tensor, 0.0, _xavier_std(tensor, gain), generator)


def _kaiming_std(tensor, a, mode, nonlinearity):
    fans = dict(zip(("fan_in", "fan_out"), _calculate_fan_in_and_fan_out(tensor), strict=True))
    if mode not in fans:
        raise ValueError(f"mode must be 'fan_in' or 'fan_out', not {mode!r}")
    return calculate_gain(nonlinearity, a) / math.sqrt(max(1, fans[mode]))


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Draw from the uniform distribution of variance gain**2 / fan, `mode` choosing the fan.

    The gain is that of the `nonlinearity` that follows, `a` the slope of "leaky_relu". ValueError
    for unknown names. He et al. 2015, equations 10 and 15.
    """
    bound = math.sqrt(3) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Draw from the normal distribution of variance gain**2 / fan.

    The arguments and errors are those of `kaiming_uniform_`.
    """
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor, gain=1, generator=None):
    """Draw a matrix with orthonormal rows or columns, whichever are fewer, times `gain`.

    Saxe et al. 2013.
    """
    _calculate_fan_in_and_fan_out(tensor)  # raises the error for fewer than two axes
    rows = tensor.shape[0]
    columns = math.prod(tensor.shape[1:])
    shape = (max(rows, columns), min(rows, columns))
    draw = randn(*shape, generator=generator, dtype=tensor.dtype)._array
    q, r = np.linalg.qr(draw)
    q *= np.sign(np.diagonal(r))  # makes the distribution uniform (Mezzadri 2007, section 5)
    return overwrite(tensor, gain * np.reshape(q.T if rows < columns else q, tensor.shape))


for _new in "uniform normal constant eye orthogonal".split() + [
    f"{who}_{how}" for who in ("xavier", "kaiming") for how in ("uniform", "normal")
]:
    globals()[_new] = old_name(globals()[f"{_new}_"], "nn.init")

__getattr__ = absent.getattr_of("minigrad.nn.init", globals())

arguments.publish(globals())
