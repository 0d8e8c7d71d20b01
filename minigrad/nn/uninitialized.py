"""Parameters and buffers whose shape the first call of their layer will tell."""

import numpy as np

from ..core.module import Parameter
from ..core.tensor import Tensor, leaf, wrap

memory = vars(Tensor)["_array"]  # where a tensor keeps its array


class Uninitialized:
    """A tensor that has a dtype, but no shape and no values yet; `materialize` gives it both.

    ValueError for all that needs values, RuntimeError for its shape.
    """

    __slots__ = ()

    def __init__(self, dtype):
        memory.__set__(self, np.empty(0, dtype))
        self._grad = None
        self._node = leaf(self) if isinstance(self, Parameter) else None

    @property
    def _array(self):
        raise ValueError(
            f"Attempted to use an uninitialized {type(self).__mro__[2].__name__.lower()}: "
            "call its lazy layer once before, with the input that tells its shape"
        )

    @_array.setter
    def _array(self, array):
        memory.__set__(self, array)

    @property
    def shape(self):
        """The lengths of the axes: RuntimeError, they are not known yet."""
        raise RuntimeError("Can't access the shape of an uninitialized parameter or buffer")

    dtype = property(lambda self: memory.__get__(self).dtype, doc="The type of the elements to be.")

    def detach(self):
        """Return the tensor itself, for a state dict: there are no values to share."""
        return self

    def to(self, *args, **kwargs):
        """Return an empty tensor of the dtype that the arguments of `Tensor.to` give."""
        return wrap(memory.__get__(self)).to(*args, **kwargs)

    def materialize(self, shape):
        """Become an ordinary parameter or buffer of this shape; its values are not set."""
        dtype = self.dtype
        self.__class__ = type(self).__mro__[2]
        self._array = np.empty(shape, dtype)

    def __deepcopy__(self, memo):
        memo[id(self)] = copied = type(self)(self.dtype)
        return copied

    def __repr__(self):
        return f"<{type(self).__name__}>"


class UninitializedParameter(Uninitialized, Parameter):
    """A parameter whose shape is not known yet."""

    __slots__ = ()


class UninitializedBuffer(Uninitialized, Tensor):
    """A buffer whose shape is not known yet."""

    __slots__ = ()
