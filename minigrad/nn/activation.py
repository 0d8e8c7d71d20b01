"""Activations as layers: each applies one function of `nn.functional`, with options chosen when it is made."""

import inspect

from . import functional as F
from .module import Module

required = inspect.Parameter.empty


def activation(name, function, **options):
    """The Module class `name` that applies `function`, with these `options` and their defaults."""
    signature = inspect.Signature(
        [inspect.Parameter(o, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=d) for o, d in options.items()]
    )

    def __init__(self, *args, **kwargs):
        Module.__init__(self)
        try:
            chosen = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{name}{signature}: {error}") from None
        chosen.apply_defaults()
        for option, value in chosen.arguments.items():
            setattr(self, option, value)

    def forward(self, input):
        return function(input, **{option: getattr(self, option) for option in options})

    def extra_repr(self):
        return ", ".join(f"{option}={getattr(self, option)}" for option in options)

    __init__.__signature__ = signature
    members = {"__init__": __init__, "forward": forward, "extra_repr": extra_repr}
    explained = (inspect.getdoc(function) or "element by element.").splitlines()[0]
    summary = f"`nn.functional.{name.lower()}` as a layer: {explained}"
    return type(name, (Module,), members | {"__doc__": summary, "__module__": __name__})


ReLU = activation("ReLU", F.relu)
Sigmoid = activation("Sigmoid", F.sigmoid)
Tanh = activation("Tanh", F.tanh)
Softmax = activation("Softmax", F.softmax, dim=required)
LogSoftmax = activation("LogSoftmax", F.log_softmax, dim=required)
