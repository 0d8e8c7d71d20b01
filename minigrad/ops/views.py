"""Views: tensors over the memory of another one, known to it, so that a write through either reaches both."""

import functools
import weakref

import numpy as np

from ..autograd.graph import lock, owner
from ..tensor import Tensor


def viewing(operation):
    """The operation, whose result becomes a known view of its input wherever it lies in the same memory."""

    @functools.wraps(operation)
    def view_of(input, **params):
        view = operation(input, **params)
        if isinstance(view, Tensor) and view._array.base is not None and owner(view._array) is owner(input._array):
            base = view._base = base_of(input)
            if not hasattr(base, "_views"):
                _keep_views(base)
            base._views.add(view)
        return view

    return view_of


def _keep_views(base):
    with lock:  # another thread may be making a view of the same tensor
        if not hasattr(base, "_views"):
            base._views = weakref.WeakSet()


def base_of(tensor):
    """The tensor that `tensor` is a view of, at the end of the chain; itself if it is none."""
    return getattr(tensor, "_base", tensor)


def views_of(base):
    """The living views of a tensor that is no view itself."""
    return list(getattr(base, "_views", ()))


def positions_in(base, view):
    """Where the elements of a view stand in the flattened base, in the shape of the view."""
    origin = base.__array_interface__["data"][0]
    wanted, offsets = _offsets(view, origin), _offsets(base, origin).ravel()
    if base.flags.c_contiguous:
        return wanted // base.itemsize
    order = np.argsort(offsets)
    return order[np.searchsorted(offsets[order], wanted)]


def _offsets(array, origin):
    """The distance of every element from the address `origin`, in bytes."""
    start = array.__array_interface__["data"][0] - origin
    steps = [np.arange(n) * stride for n, stride in zip(array.shape, array.strides, strict=True)]
    return start + sum(np.ix_(*steps), np.zeros(array.shape, np.int64))
