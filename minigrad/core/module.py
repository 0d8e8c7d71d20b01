"""Module: a piece of a model, with its parameters and the smaller modules it is made of.

What else PyTorch's Module does (hooks, state dicts, printing), `minigrad.nn` adds to this class.
"""

import numpy as np

from . import record
from .quiet import restore, silence
from .record import replaceable
from .tensor import Tensor, wrap


class Parameter(Tensor):
    """A tensor that a module learns if `requires_grad`, registered when assigned to an attribute.

    It uses the memory of `data`: TypeError unless a Tensor, RuntimeError unless floating or frozen.
    """

    __slots__ = ()

    def __init__(self, data=None, requires_grad=True):
        if data is None:
            data = empty((0,))
        if not isinstance(data, Tensor):
            kind = type(data).__name__
            raise TypeError(f"Parameter(): needs a Tensor, not {kind}; see minigrad.tensor()")
        self._array = data._array
        self._node = None
        self._grad = None
        self.requires_grad = requires_grad


@replaceable
def empty(shape, layer="Parameter", device=None, dtype=None):
    """Make a tensor for a parameter of a class of layers; its values are not set."""
    return wrap(np.empty(shape, np.float32 if dtype is None else dtype))


def overwrite(tensor, values):
    """Replace the values of a tensor, in place and unrecorded; return the tensor."""
    alarms = silence()
    try:
        tensor._array[...] = values
    finally:
        restore(alarms)
    record.note_write(tensor._array)
    return tensor


class Module:
    """The base of all models and layers.

    Define `__init__`, which calls `super().__init__()` first, and `forward`. The methods below find
    the parameters and modules that are assigned to attributes, in the order of their definition.

    >>> import minigrad as mg
    >>> class Model(mg.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.linear = mg.nn.Linear(3, 2)
    ...     def forward(self, x):
    ...         return self.linear(x).relu()
    >>> Model()(mg.zeros(5, 3)).shape
    (5, 2)
    """

    def __init__(self):
        self.__dict__.update(training=True, _parameters={}, _buffers={}, _modules={})

    def forward(self, *input):
        """Compute the output. Every subclass that is called defines this."""
        what = f"Module [{type(self).__name__}]"
        raise NotImplementedError(f'{what} is missing the required "forward" function')

    def __call__(self, *args, **kwargs):
        if "training" not in self.__dict__:
            name = type(self).__name__
            raise AttributeError(f"{name}: call super().__init__() at the start of __init__")
        return self.forward(*args, **kwargs)

    def __setattr__(self, name, value):
        if isinstance(value, Parameter) or name in self.__dict__.get("_parameters", ()):
            self._register("_parameters", name, value)
        elif isinstance(value, Module):
            self._register("_modules", name, value)
        else:
            super().__setattr__(name, value)

    def _register(self, kind, name, value):
        """Register `value`, or None, as one kind; drop the name from the others."""
        for other in ("_parameters", "_buffers", "_modules"):
            if other != kind:
                self.__dict__[other].pop(name, None)
        self.__dict__[kind][name] = value
        self.__dict__[name] = value  # an ordinary attribute, too: a layer reads it at every call

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        """Yield dotted name and module: this one, named `prefix`, then all those inside it."""
        memo = set() if memo is None else memo
        if self not in memo:
            if remove_duplicate:
                memo.add(self)
            yield prefix, self
            for name, child in self._modules.items():
                if child is not None:
                    yield from child.named_modules(memo, joined(prefix, name), remove_duplicate)

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        """Yield dotted name and parameter, of this module and, if `recurse`, of all inside."""
        return named(self, "_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse=True):
        """Yield the parameters of this module and, if `recurse`, of all inside it, each once."""
        return (tensor for _, tensor in self.named_parameters(recurse=recurse))

    def train(self, mode=True):
        """Set `training`, which dropout and normalisation heed, here and in all modules inside."""
        if not isinstance(mode, bool):
            raise ValueError(f"training mode is expected to be boolean, not {mode!r}")
        self.training = mode
        for child in self._modules.values():
            if child is not None:
                child.train(mode)  # by its own method, which a frozen layer overrides
        return self

    def eval(self):
        """Set `training` to False: `train(False)`."""
        return self.train(False)

    def zero_grad(self, set_to_none=True):
        """Drop the gradients of all parameters or, without `set_to_none`, set them to 0."""
        zero_grad(self.parameters(), set_to_none)


def named(module, kind, prefix, recurse, remove_duplicate):
    """Yield dotted name and tensor, for the tensors of one kind."""
    seen = {None}
    inside = module.named_modules(None, prefix, remove_duplicate)
    for path, part in inside if recurse else [(prefix, module)]:
        for name, tensor in part.__dict__[kind].items():
            if tensor not in seen:
                if remove_duplicate:
                    seen.add(tensor)
                yield joined(path, name), tensor


def joined(path, name):
    return f"{path}.{name}" if path else name


def zero_grad(parameters, set_to_none):
    """Do what `zero_grad` of a module and of an optimizer do."""
    for parameter in parameters:
        if set_to_none:
            parameter._grad = None
        elif parameter._grad is not None:
            parameter._grad = overwrite(parameter._grad.detach(), 0)


class Sequential(Module):
    """Modules called one after the other, given in order or as one dictionary by name."""

    def __init__(self, *args):
        super().__init__()
        by_name = len(args) == 1 and isinstance(args[0], dict)
        for name, module in args[0].items() if by_name else enumerate(args):
            self._register("_modules", str(name), module)

    def forward(self, input):
        for module in self._modules.values():
            input = module(input)
        return input
