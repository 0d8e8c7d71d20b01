"""Variable, the name that a tensor with a history had before PyTorch 0.4."""

from ..core.tensor import Tensor, wrap


class _Kind(type):
    def __instancecheck__(cls, instance):
        return isinstance(instance, Tensor)


class Variable(metaclass=_Kind):
    """A tensor over the memory of another one, a leaf; every tensor is an instance.

    TypeError unless `data` is a tensor, RuntimeError to require grad of one that is not floating.
    """

    def __new__(cls, data=None, requires_grad=False):
        if not isinstance(data, Tensor):
            kind = type(data).__name__
            raise TypeError(f"Variable(): data must be a Tensor, not {kind}; see minigrad.tensor()")
        return wrap(data._array).requires_grad_(requires_grad)
