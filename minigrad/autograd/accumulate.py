"""Adding up: an array that several operations used gets a share of its gradient from each of them."""

import numpy as np


class Part:
    """A gradient that is 0 but for `g` at the slices and integers of `index`.

    So the gradients of all parts of an array are added up in a single one: a loop over its rows takes time in
    proportion to their number, not to its square.
    """

    __slots__ = ("g", "index", "shape")

    def __init__(self, g, index, shape):
        self.g, self.index, self.shape = g, index, shape


def total(known, gx, is_own):
    """known + gx; in the array `known`, None for nothing yet, if it `is_own`: made here and known to nobody else."""
    if type(gx) is Part:
        if known is None:
            known = np.zeros(gx.shape, gx.g.dtype)
        elif not is_own or not known.ndim:  # the sum of two 0-d arrays is a number, which NumPy cannot write to
            known = np.array(known)
        known[gx.index] += gx.g
        return known
    return np.add(known, gx, out=known) if is_own and type(known) is np.ndarray else known + gx


def unbroadcast(g, shape):
    """`g` summed over the axes along which an array of `shape` was broadcast to the shape of `g`."""
    if g.shape == shape:
        return g
    added = g.ndim - len(shape)
    stretched = [added + i for i, n in enumerate(shape) if n == 1]
    return np.reshape(np.sum(g, axis=(*range(added), *stretched)), shape)
