"""Layers without parameters: each applies a function of `nn.functional`, with fixed options."""

import operator

from .. import ops
from ..core import layers as core
from ..core.layers import CrossEntropyLoss, ReLU, Softmax
from ..core.module import Module
from ..core.record import replace
from ..extension import extends
from . import functional as F
from .functional import classification
from .functional.activation import check_probability
from .functional.checks import check_kind, check_usual
from .functional.deprecated import reduction_of

__all__ = """
    AdaptiveAvgPool1d AdaptiveAvgPool2d AvgPool1d AvgPool2d BCELoss BCEWithLogitsLoss
    CrossEntropyLoss Dropout Dropout1d Dropout2d ELU Flatten GELU GaussianNLLLoss HuberLoss Identity
    KLDivLoss L1Loss LeakyReLU LogSigmoid LogSoftmax MSELoss MaxPool1d MaxPool2d NLLLoss
    PixelShuffle ReLU ReLU6 ReflectionPad2d SELU SiLU Sigmoid SmoothL1Loss Softmax Softplus Tanh
    Unflatten Upsample
""".split()


def shown(module, names):
    """Return the options of these names as a module prints them."""
    return ", ".join(f"{name}={getattr(module, name)!r}" for name in names.split())


# The core's layers ask for these where their own formulas do not cover the arguments.
ELSEWHERE = {
    "linear": F.linear,
    "relu": F.relu,
    "softmax": F.softmax,
    "cross_entropy": classification.general_cross_entropy,
}
core_softmax = Softmax.__init__
core_loss = CrossEntropyLoss.__init__
replace(core.elsewhere, lambda name, *arguments: ELSEWHERE[name](*arguments))


# -- Activations -----------------------------------------------------------------------------------


@extends(ReLU)
class _:
    def extra_repr(self):
        return "inplace=True" if self.inplace else ""


@extends(Softmax)
class _:  # noqa: F811
    def __init__(self, dim=None):
        core_softmax(self, dim)

    def extra_repr(self):
        return shown(self, "dim")


class LeakyReLU(Module):
    """x where it is positive, else negative_slope * x (Maas et al. 2013)."""

    def __init__(self, negative_slope=0.01, inplace=False):
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input):
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self):
        return shown(self, "negative_slope inplace" if self.inplace else "negative_slope")


class ELU(Module):
    """x where it is positive, else alpha * (exp(x) - 1) (Clevert et al. 2016)."""

    def __init__(self, alpha=1.0, inplace=False):
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input):
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self):
        return shown(self, "alpha inplace" if self.inplace else "alpha")


class GELU(Module):
    """x * P(Z <= x) for a standard normal Z, or what approximates it if `approximate` is "tanh".

    RuntimeError for any other name but "none", when it is called.
    """

    def __init__(self, approximate="none"):
        super().__init__()
        self.approximate = approximate

    def forward(self, input):
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self):
        return shown(self, "approximate")


class InPlace(Module):
    """The base of activations whose one option is to replace the input's own values."""

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def forward(self, input):
        return self._function(input, self.inplace)

    def extra_repr(self):
        return "inplace=True" if self.inplace else ""


class SiLU(InPlace):
    """x * sigmoid(x), also known as swish (Elfwing et al. 2018)."""

    _function = staticmethod(F.silu)


class ReLU6(InPlace):
    """min(max(x, 0), 6) (Howard et al. 2017)."""

    _function = staticmethod(F.relu6)


class SELU(InPlace):
    """`ELU` and a factor, by which mean 0 and variance 1 are kept (Klambauer et al. 2017)."""

    _function = staticmethod(F.selu)


class Softplus(Module):
    """log(1 + exp(beta * x)) / beta, or x itself where beta * x exceeds `threshold`."""

    def __init__(self, beta=1.0, threshold=20.0):
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input):
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self):
        return shown(self, "beta threshold")


class LogSigmoid(Module):
    """log(sigmoid(x)), exact for any finite x."""

    def forward(self, input):
        return F.logsigmoid(input)


class Sigmoid(Module):
    """1 / (1 + exp(-x))."""

    def forward(self, input):
        return F.sigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, input):
        return F.tanh(input)


class LogSoftmax(Module):
    """log(softmax(x)) over the axis `dim`, finite also where softmax(x) rounds to 0.

    Without `dim` it warns, and chooses one as `nn.functional.log_softmax`.
    """

    def __init__(self, dim=None):
        super().__init__()
        self.dim = dim

    def forward(self, input):
        return F.log_softmax(input, self.dim)

    def extra_repr(self):
        return shown(self, "dim")


class Dropout(Module):
    """In training each element 0 with probability `p`, else scaled by 1 / (1 - p).

    ValueError for a `p` outside [0, 1].
    """

    def __init__(self, p=0.5, inplace=False):
        super().__init__()
        check_probability("Dropout", p)
        self.p = p
        self.inplace = inplace

    def forward(self, input):
        return F.dropout(input, self.p, self.training, self.inplace)

    def extra_repr(self):
        return shown(self, "p inplace")


class Dropout1d(Dropout):
    """In training each channel of (N, C, L) 0 with probability `p`, else scaled by 1 / (1 - p).

    The errors are those of `Dropout` and `nn.functional.dropout1d`.
    """

    def forward(self, input):
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(Dropout):
    """In training each channel of (N, C, H, W) 0 with probability `p`, else scaled by 1 / (1 - p).

    The errors are those of `Dropout` and `nn.functional.dropout2d`.
    """

    def forward(self, input):
        return F.dropout2d(input, self.p, self.training, self.inplace)


# -- Shapes ----------------------------------------------------------------------------------------


class Identity(Module):
    """The input itself; any arguments are accepted, so that it can replace another layer."""

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input):
        return input


class Flatten(Module):
    """The axes from `start_dim` to `end_dim` as one, by default all but the first.

    >>> import minigrad as mg
    >>> mg.nn.Flatten()(mg.zeros(32, 3, 8, 8)).shape
    (32, 192)
    """

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input):
        return ops.flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self):
        return shown(self, "start_dim end_dim")


class Unflatten(Module):
    """The axis `dim` as several of lengths `unflattened_size`.

    TypeError unless these are integers, RuntimeError unless they fit.
    """

    def __init__(self, dim, unflattened_size):
        super().__init__()
        check_kind("Unflatten", int, dim=dim)
        if not isinstance(unflattened_size, (tuple, list)):
            raise TypeError(
                "Unflatten(): unflattened_size must be a tuple of integers, "
                f"not {unflattened_size!r}"
            )
        for length in unflattened_size:
            check_kind("Unflatten", int, **{"a length of unflattened_size": length})
        self.dim = dim
        self.unflattened_size = unflattened_size

    def forward(self, input):
        return ops.unflatten(input, self.dim, tuple(map(operator.index, self.unflattened_size)))

    def extra_repr(self):
        return shown(self, "dim unflattened_size")


# -- Pooling ---------------------------------------------------------------------------------------


class Pool(Module):
    """The base of the poolings: `_function` of the options, in the order of its arguments."""

    def forward(self, input):
        return self._function(input, *[getattr(self, name) for name in self._options.split()])


class MaxPool2d(Pool):
    """The largest value in each window; `stride` is `kernel_size` unless given.

    Options, shapes and errors are those of `nn.functional.max_pool2d`.
    """

    _function = staticmethod(F.max_pool2d)
    _options = "kernel_size stride padding dilation ceil_mode"

    def __init__(
        self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False
    ):
        super().__init__()
        check_usual(type(self).__name__, return_indices=(return_indices, False))
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def extra_repr(self):
        return shown(self, "kernel_size stride padding dilation ceil_mode")


class MaxPool1d(MaxPool2d):
    """The largest value in each window of (N, C, L), as `MaxPool2d`.

    Options, shapes and errors are those of `nn.functional.max_pool1d`.
    """

    _function = staticmethod(F.max_pool1d)


class AvgPool2d(Pool):
    """The mean of each window; `stride` is `kernel_size` unless given.

    Options, shapes and errors are those of `nn.functional.avg_pool2d`.
    """

    _function = staticmethod(F.avg_pool2d)
    _options = "kernel_size stride padding ceil_mode count_include_pad divisor_override"

    def __init__(
        self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True,
        divisor_override=None
    ):  # fmt: skip
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def extra_repr(self):
        return shown(self, "kernel_size stride padding")


class AvgPool1d(AvgPool2d):
    """The mean of each window of (N, C, L); `stride` is `kernel_size` unless given.

    Options, shapes and errors are those of `nn.functional.avg_pool1d`.
    """

    _function = staticmethod(F.avg_pool1d)
    _options = "kernel_size stride padding ceil_mode count_include_pad"

    def __init__(
        self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        sizes = (kernel_size, kernel_size if stride is None else stride, padding)
        sizes = [tuple(x) if isinstance(x, (tuple, list)) else (x,) for x in sizes]
        super().__init__(*sizes, ceil_mode, count_include_pad)


class AdaptiveAvgPool2d(Pool):
    """The means of windows of nearly equal size, `output_size` along each axis.

    Its forms, shapes and errors are those of `nn.functional.adaptive_avg_pool2d`.
    """

    _function = staticmethod(F.adaptive_avg_pool2d)
    _options = "output_size"

    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size

    def extra_repr(self):
        return shown(self, "output_size")


class AdaptiveAvgPool1d(AdaptiveAvgPool2d):
    """The means of `output_size` windows of nearly equal size.

    Shapes and errors are those of `nn.functional.adaptive_avg_pool1d`.
    """

    _function = staticmethod(F.adaptive_avg_pool1d)


# -- Images of another size ------------------------------------------------------------------------


class ReflectionPad2d(Module):
    """Images with their borders continued by mirror images, from (N, C, H, W) or (C, H, W).

    `padding` is one width or four: left, right, top and bottom. The errors are those of
    `nn.functional.pad` with mode="reflect".
    """

    def __init__(self, padding):
        super().__init__()
        self.padding = tuple(padding) if hasattr(padding, "__iter__") else (padding,) * 4

    def forward(self, input):
        return F.pad(input, self.padding, "reflect")

    def extra_repr(self):
        return str(self.padding)


class PixelShuffle(Module):
    """`nn.functional.pixel_shuffle`: from (N, C r^2, H, W) to (N, C, H r, W r).

    r is the `upscale_factor`; the errors are those of the function.
    """

    def __init__(self, upscale_factor):
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input):
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self):
        return shown(self, "upscale_factor")


class Upsample(Module):
    """`nn.functional.interpolate` to a `size`, or by a `scale_factor`, in a `mode`.

    Options, shapes and errors are those of the function, which has only some of PyTorch's modes.
    """

    def __init__(
        self, size=None, scale_factor=None, mode="nearest", align_corners=None,
        recompute_scale_factor=None
    ):  # fmt: skip
        super().__init__()
        self.size = size
        if isinstance(scale_factor, tuple):
            self.scale_factor = tuple(map(float, scale_factor))
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input):
        options = (self.mode, self.align_corners, self.recompute_scale_factor)
        return F.interpolate(input, self.size, self.scale_factor, *options)

    def extra_repr(self):
        return shown(self, "size mode" if self.scale_factor is None else "scale_factor mode")


# -- Losses ----------------------------------------------------------------------------------------


@extends(CrossEntropyLoss)
class _:  # noqa: F811
    def __init__(
        self, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean",
        label_smoothing=0.0
    ):  # fmt: skip
        core_loss(
            self,
            weight,
            ignore_index=ignore_index,
            reduction=reduction_of(size_average, reduce, reduction),
            label_smoothing=label_smoothing,
        )


class NLLLoss(Module):
    """`CrossEntropyLoss` for an input that already went through `log_softmax`.

    Options, shapes and errors are those of `nn.functional.nll_loss`.
    """

    def __init__(
        self, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"
    ):
        super().__init__()
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index
        self.reduction = reduction_of(size_average, reduce, reduction)

    def forward(self, input, target):
        return F.nll_loss(
            input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )


class MSELoss(Module):
    """The mean of the squared errors (input - target)**2.

    Options, shapes and errors are those of `nn.functional.mse_loss`.
    """

    def __init__(self, size_average=None, reduce=None, reduction="mean"):
        super().__init__()
        self.reduction = reduction_of(size_average, reduce, reduction)

    def forward(self, input, target):
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(Module):
    """The mean of the absolute errors abs(input - target).

    Options, shapes and errors are those of `nn.functional.l1_loss`.
    """

    def __init__(self, size_average=None, reduce=None, reduction="mean"):
        super().__init__()
        self.reduction = reduction_of(size_average, reduce, reduction)

    def forward(self, input, target):
        return F.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(Module):
    """The mean of d**2 / (2 beta) where abs(d) < beta, else abs(d) - beta / 2.

    Here d = input - target. Options, shapes and errors are those of
    `nn.functional.smooth_l1_loss`.
    """

    def __init__(self, size_average=None, reduce=None, reduction="mean", beta=1.0):
        super().__init__()
        self.reduction = reduction_of(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input, target):
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(Module):
    """The mean of d**2 / 2 where abs(d) < delta, else delta * (abs(d) - delta / 2).

    Here d = input - target. Options, shapes and errors are those of `nn.functional.huber_loss`.
    """

    def __init__(self, reduction="mean", delta=1.0):
        super().__init__()
        check_kind("HuberLoss", float, delta=delta)
        self.reduction = reduction
        self.delta = delta

    def forward(self, input, target):
        return F.huber_loss(input, target, self.reduction, self.delta)


class KLDivLoss(Module):
    """The mean of target * (log(target) - input), for log-probabilities `input`.

    Options, shapes and errors are those of `nn.functional.kl_div`.
    """

    def __init__(self, size_average=None, reduce=None, reduction="mean", log_target=False):
        super().__init__()
        self.reduction = reduction_of(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input, target):
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class GaussianNLLLoss(Module):
    """The mean of (log(var) + (input - target)**2 / var) / 2, plus log(2 pi) / 2 if `full`.

    Options, shapes and errors are those of `nn.functional.gaussian_nll_loss`.
    """

    def __init__(self, *, full=False, eps=1e-6, reduction="mean"):
        super().__init__()
        self.full = full
        self.eps = eps
        self.reduction = reduction

    def forward(self, input, target, var):
        return F.gaussian_nll_loss(
            input, target, var, full=self.full, eps=self.eps, reduction=self.reduction
        )


class BCELoss(Module):
    """The mean of -(target * log(input) + (1 - target) * log(1 - input)), for probabilities.

    Options, shapes and errors are those of `nn.functional.binary_cross_entropy`.
    """

    def __init__(self, weight=None, size_average=None, reduce=None, reduction="mean"):
        super().__init__()
        self.register_buffer("weight", weight)
        self.reduction = reduction_of(size_average, reduce, reduction)

    def forward(self, input, target):
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(Module):
    """`BCELoss` of sigmoid(input), exact for any finite logits.

    Options, shapes and errors are those of `nn.functional.binary_cross_entropy_with_logits`.
    """

    def __init__(
        self, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None
    ):
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)
        self.reduction = reduction_of(size_average, reduce, reduction)

    def forward(self, input, target):
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )
