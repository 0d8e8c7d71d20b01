"""Variable, the name that a tensor with a history had before PyTorch 0.4."""

import warnings

from ..core.tensor import Tensor, wrap


class _Kind(type):
    def __instancecheck__(cls, instance):
        return isinstance(instance, Tensor)


class Variable(metaclass=_Kind):
    """A tensor over the memory of another one, a leaf; every tensor is an instance.

    `volatile` only warns: use `no_grad()`. TypeError unless `data` is a tensor, RuntimeError to
    require grad of one that is not floating, ValueError for `requires_grad` and `volatile` at once.
    """

    def __new__(cls, data=None, requires_grad=False, volatile=False):
        if not isinstance(data, Tensor):
            kind = type(data).__name__
            raise TypeError(f"Variable(): data must be a Tensor, not {kind}; see minigrad.tensor()")
        if volatile:
            warnings.warn("volatile was removed and now has no effect: use no_grad()", stacklevel=2)
        if volatile and requires_grad:
            raise ValueError("Variable can't be volatile and require_grad at the same time!")
        return wrap(data._array).requires_grad_(requires_grad)
