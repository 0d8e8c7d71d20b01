"""Size: the lengths of a tensor's axes, as `x.shape` and `x.size()` give them."""

import math
from operator import index


class Size(tuple):
    """A tuple of lengths that counts the elements; it prints as any tuple.

    TypeError unless they are integers.

    >>> import minigrad as mg
    >>> x = mg.zeros(2, 3)
    >>> x.shape, x.shape.numel(), x.shape[1:].numel()
    ((2, 3), 6, 3)
    """

    __slots__ = ()

    def __new__(cls, lengths=()):
        return tuple.__new__(cls, map(_length, lengths))

    def numel(self):
        """Return the number of elements of a tensor with these lengths."""
        return math.prod(self)

    def __getitem__(self, key):
        found = tuple.__getitem__(self, key)
        return of(found) if isinstance(key, slice) else found

    def __add__(self, other):
        return of(tuple.__add__(self, other))

    def __radd__(self, other):
        return of(other) + self

    def __mul__(self, times):
        return of(tuple.__mul__(self, times))

    __rmul__ = __mul__


def _length(value):
    try:
        return index(value)
    except TypeError:
        kind = type(value).__name__
        raise TypeError(f"Size(): the lengths are integers, not {kind}: {value!r}") from None


def of(lengths):
    """Return the Size of a tuple whose items are known to be integers."""
    return tuple.__new__(Size, lengths)


shape = property(
    lambda self: of(self._array.shape), doc="The lengths of the axes, a tuple that counts."
)
