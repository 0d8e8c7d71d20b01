"""Views: tensors over the memory of another one, which knows them.

So a write through either changes the history of both.
"""

import functools
import weakref

import numpy as np

from ..core.record import lock, memory_of
from ..core.tensor import Tensor


def viewing(operation):
    """Decorate an operation: a result in its input's memory is registered as a view of it."""

    @functools.wraps(operation)
    def view_of(input, **params):
        view = operation(input, **params)
        if isinstance(view, Tensor) and view._array.base is not None:
            if memory_of(view._array) is memory_of(input._array):
                base = view._base = base_of(input)
                with lock:  # another thread may be making a view of the same tensor
                    if not hasattr(base, "_views"):
                        base._views = weakref.WeakSet()
                base._views.add(view)
        return view

    return view_of


def base_of(tensor):
    """Return the tensor at the end of the chain of views; `tensor` itself if it is no view."""
    return tensor if tensor._array.base is None else getattr(tensor, "_base", tensor)


def views_of(base):
    """Return the living views of a tensor that is no view itself."""
    return list(getattr(base, "_views", ()))


def positions_in(base, view):
    """Return the positions of a view's elements in the flattened base, in the view's shape."""
    origin = base.__array_interface__["data"][0]
    wanted = _offsets(view, origin)
    if base.flags.c_contiguous:
        return wanted // base.itemsize
    offsets = _offsets(base, origin).ravel()
    order = np.argsort(offsets)
    return order[np.searchsorted(offsets[order], wanted)]


def _offsets(array, origin):
    """Return the distance of every element from the address `origin`, in bytes."""
    start = array.__array_interface__["data"][0] - origin
    steps = [np.arange(n) * stride for n, stride in zip(array.shape, array.strides, strict=True)]
    return start + sum(np.ix_(*steps), np.zeros(array.shape, np.int64))
