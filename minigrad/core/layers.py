"""Linear, ReLU, Softmax and CrossEntropyLoss: layers as formulas of floating tensors.

What a formula does not cover goes `elsewhere`: `minigrad.nn` knows other forms and options, and
what is wrong with the arguments. `minigrad.kernels` puts faster functions in the place of these.
"""

import math

import numpy as np

from . import module, rules
from .module import Module, Parameter, overwrite
from .record import replaceable
from .tensor import Tensor


@replaceable
def elsewhere(name, *arguments):
    """Compute what the core has no formula for."""
    raise NotImplementedError(f"{name}(): the core cannot take {arguments}")


def is_floating(x):
    return isinstance(x, Tensor) and x._array.dtype.kind == "f"


@replaceable
def linear(x, weight, bias=None):
    """Return x @ weight.T + bias: `x` (..., in), `weight` (out, in), `bias` (out,) or None."""
    out = x @ rules.permute(weight, axes=(1, 0))
    return out if bias is None else out + bias


@replaceable
def uniform(shape, bound, dtype):
    """Draw random numbers between -bound and bound."""
    return np.random.default_rng().uniform(-bound, bound, shape).astype(dtype)


class Linear(Module):
    """x @ weight.T + bias, from (..., in_features) to (..., out_features).

    >>> import minigrad as mg
    >>> mg.nn.Linear(63, 10)(mg.zeros(32, 63)).shape
    (32, 10)
    """

    def __init__(self, in_features, out_features, bias=True, device=None, dtype=None):
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        options = ("Linear", device, dtype)
        self.weight = Parameter(module.empty((out_features, in_features), *options))
        self._register("_parameters", "bias", None)
        if bias:
            self.bias = Parameter(module.empty((out_features,), *options))
        self.reset_parameters()

    def reset_parameters(self):
        """Draw weight and bias again, uniform in [-k, k], k = 1 / sqrt(in_features)."""
        bound = 1 / math.sqrt(self.in_features or math.inf)
        for parameter in (self.weight, self.bias):
            if parameter is not None:
                overwrite(parameter, uniform(parameter.shape, bound, parameter.dtype))

    def forward(self, input):
        w = self.weight._array
        b = getattr(self.bias, "_array", None)
        if is_floating(input) and input._array.dtype is w.dtype:
            fits = b is None or (b.dtype is w.dtype and b.shape == w.shape[:1])
            if fits and input._array.shape[-1:] == w.shape[1:]:
                return linear(input, self.weight, self.bias)
        return elsewhere("linear", input, self.weight, self.bias)


class ReLU(Module):
    """max(x, 0), element by element; with `inplace` the input's own values are replaced."""

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def forward(self, input):
        if is_floating(input) and not self.inplace:
            return rules.relu(input)
        return elsewhere("relu", input, self.inplace)


class Softmax(Module):
    """exp(x) / sum(exp(x)) over the axis `dim`, in all else as `nn.functional.softmax`."""

    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, input):
        if is_floating(input) and type(self.dim) is int and self.dim in range(input.ndim):
            return rules.softmax(input, axis=(self.dim,))
        return elsewhere("softmax", input, self.dim)


class CrossEntropyLoss(Module):
    """-log(softmax(input)) at the class of each row, the mean over the rows.

    `input` holds floating logits, (N, C), `target` int64 classes 0 to C - 1, (N,). The result is
    one number, in nats. Options, shapes and errors are those of `nn.functional.cross_entropy`.

    >>> import minigrad as mg
    >>> mg.nn.CrossEntropyLoss()(mg.tensor([[2.0, 0.0]]), mg.tensor([0]))
    tensor(0.1269)
    """

    def __init__(self, weight=None, *, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__()
        self._register("_buffers", "weight", weight)
        self.ignore_index = ignore_index
        self.reduction = reduction
        self.label_smoothing = label_smoothing

    def forward(self, input, target):
        options = (self.ignore_index, self.reduction, self.label_smoothing)
        return cross_entropy(input, target, self.weight, *options)


def cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing):
    """Return the cost of the logits `input` (N, C), given the classes `target` (N,), int64."""
    options = (ignore_index, reduction, label_smoothing)
    if weight is None and options == (-100, "mean", 0) and are_logits_and_labels(input, target):
        return mean_cross_entropy(input, target._array)
    return elsewhere("cross_entropy", input, target, weight, *options)


def are_logits_and_labels(input, target):
    """Tell whether they are floating rows, at least one, and for each the index of a class."""
    if not is_floating(input) or not isinstance(target, Tensor):
        return False
    x = input._array
    labels = target._array
    if x.ndim != 2 or not len(x) or labels.dtype != np.int64 or labels.shape != x.shape[:1]:
        return False
    unsigned = labels.view(np.uint64)  # a negative one is huge
    return unsigned.item(unsigned.argmax()) < x.shape[1]


@replaceable
def mean_cross_entropy(logits, labels):
    """Return the mean of -log softmax(z)[label] over the rows z of `logits` (N, C)."""
    one_hot = np.arange(logits.shape[1]) == labels[:, None]
    costs = rules.where(one_hot, -rules.log_softmax(logits, axis=(1,)), 0)
    return rules.total(costs, axis=(0, 1)) / len(labels)
