"""Layers without parameters: rows of a table, each a function of `nn.functional` with options chosen beforehand."""

import functools
import inspect
import operator

from .. import ops
from . import functional as F
from .functional.activation import check_probability
from .functional.checks import check_kind
from .module import Module


def layer(name, function, options="", shown=None, check=None):
    """The Module class `name` that applies `function` with these options; those behind a "*" are keyword-only.

    Their defaults are the function's; printed are all, or the first `shown`. Weights become buffers. What is wrong
    before the first use is found by `check`, called with the class's name and all options by name.
    """
    known, kinds = inspect.signature(function).parameters, inspect.Parameter
    free, _, keywords = [part.split() for part in options.partition("*")]
    signature = inspect.Signature(
        [known[option].replace(kind=kinds.POSITIONAL_OR_KEYWORD) for option in free]
        + [known[option].replace(kind=kinds.KEYWORD_ONLY) for option in keywords]
    )
    passed = [*free, *keywords, *(["training"] if "training" in known else [])]

    def __init__(self, *args, **kwargs):
        Module.__init__(self)
        try:
            chosen = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{name}{signature}: {error}") from None
        chosen.apply_defaults()
        if check is not None:
            check(name, **chosen.arguments)
        for option, value in chosen.arguments.items():
            if option.endswith("weight"):
                self.register_buffer(option, value)
            else:
                is_default_stride = option == "stride" and value is None
                setattr(self, option, self.kernel_size if is_default_stride else value)

    def forward(self, *inputs):
        attributes = self.__dict__
        return function(*inputs, **{option: attributes[option] for option in passed})

    def extra_repr(self):
        values = {option: getattr(self, option) for option in list(signature.parameters)[:shown]}
        return ", ".join(f"{o}={v!r}" for o, v in values.items() if o != "inplace" or v or name == "Dropout")

    forward.__qualname__ = f"{name}.forward"
    members = {"__init__": __init__, "forward": forward, "extra_repr": extra_repr, "__signature__": signature}
    explained = (inspect.getdoc(function) or "element by element.").splitlines()[0]
    return type(name, (Module,), members | {"__doc__": f"As a layer: {explained}", "__module__": __name__})


loss = functools.partial(layer, shown=0)


class Identity(Module):
    """Gives back its input; takes any arguments, so that it can stand in for another layer."""

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input):
        return input


def _flatten(input, start_dim=1, end_dim=-1):
    return ops.flatten(input, start_dim, end_dim)


def _unflatten(input, dim, unflattened_size):
    return ops.unflatten(input, dim, tuple(map(operator.index, unflattened_size)))


def _check_unflatten(name, dim, unflattened_size):
    check_kind(name, int, dim=dim)
    if not isinstance(unflattened_size, (tuple, list)):
        raise TypeError(f"{name}(): unflattened_size must be a tuple of integers, not {unflattened_size!r}")
    for length in unflattened_size:
        check_kind(name, int, **{"a length of unflattened_size": length})


def _check_dropout(name, p, inplace):
    check_probability(name, p)


def _check_huber(name, reduction, delta):
    check_kind(name, float, delta=delta)


ReLU = layer("ReLU", F.relu, "inplace")
LeakyReLU = layer("LeakyReLU", F.leaky_relu, "negative_slope inplace")
ELU = layer("ELU", F.elu, "alpha inplace")
GELU = layer("GELU", F.gelu, "approximate")
SiLU = layer("SiLU", F.silu, "inplace")
Softplus = layer("Softplus", F.softplus, "beta threshold")
LogSigmoid = layer("LogSigmoid", F.logsigmoid)
Sigmoid = layer("Sigmoid", F.sigmoid)
Tanh = layer("Tanh", F.tanh)
Softmax = layer("Softmax", F.softmax, "dim")
LogSoftmax = layer("LogSoftmax", F.log_softmax, "dim")
Dropout = layer("Dropout", F.dropout, "p inplace", check=_check_dropout)

Flatten = layer("Flatten", _flatten, "start_dim end_dim")
Unflatten = layer("Unflatten", _unflatten, "dim unflattened_size", check=_check_unflatten)
MaxPool2d = layer("MaxPool2d", F.max_pool2d, "kernel_size stride padding dilation return_indices ceil_mode")
AvgPool2d = layer(
    "AvgPool2d", F.avg_pool2d, "kernel_size stride padding ceil_mode count_include_pad divisor_override", shown=3
)
AdaptiveAvgPool2d = layer("AdaptiveAvgPool2d", F.adaptive_avg_pool2d, "output_size")

MSELoss = loss("MSELoss", F.mse_loss, "* reduction")
L1Loss = loss("L1Loss", F.l1_loss, "* reduction")
SmoothL1Loss = loss("SmoothL1Loss", F.smooth_l1_loss, "* reduction beta")
HuberLoss = loss("HuberLoss", F.huber_loss, "reduction delta", check=_check_huber)
KLDivLoss = loss("KLDivLoss", F.kl_div, "* reduction log_target")
GaussianNLLLoss = loss("GaussianNLLLoss", F.gaussian_nll_loss, "* full eps reduction")
BCELoss = loss("BCELoss", F.binary_cross_entropy, "weight * reduction")
BCEWithLogitsLoss = loss("BCEWithLogitsLoss", F.binary_cross_entropy_with_logits, "weight * reduction pos_weight")
NLLLoss = loss("NLLLoss", F.nll_loss, "weight * ignore_index reduction")
CrossEntropyLoss = loss("CrossEntropyLoss", F.cross_entropy, "weight * ignore_index reduction label_smoothing")

__all__ = [name for name, kind in vars().items() if isinstance(kind, type) and kind is not Module]
