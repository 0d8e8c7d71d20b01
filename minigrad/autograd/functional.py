"""Derivatives of functions as values: Jacobians, Hessians, and their products with vectors.

`func` takes the `inputs`, a tensor or a tuple of them, and gives a tensor or a tuple. What is given for one tensor is
a tensor, what is given for a tuple a tuple. With `create_graph` the results can be differentiated in turn.
"""

import numpy as np

from ..tensor import Tensor, wrap
from .engine import grad
from .grad_mode import enable_grad


def jacobian(func, inputs, create_graph=False):
    """The derivative of every element of the output by every element of the input, of shape output + input.

    For several outputs a tuple of what is given for one.

    >>> import minigrad as mg
    >>> jacobian(lambda x: x * x, mg.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    arguments, outputs = _called(func, inputs, create_graph)
    jacobians = []
    for out in tuple_of(outputs):
        rows = [gradients_of(out, arguments, one_hot, create_graph) for one_hot in one_hots(out)]
        columns = zip(*rows, strict=True) if rows else [[]] * len(arguments)
        jacobians.append(tuple([_stacked(c, out, x) for c, x in zip(columns, arguments, strict=True)]))
    return _like(outputs, tuple([_like(inputs, of_output) for of_output in jacobians]))


def hessian(func, inputs, create_graph=False):
    """The second derivatives of a function with one output element, of shape input + input.

    RuntimeError if the function gives more than one element.
    """

    def gradient(*arguments):
        out = func(*arguments)
        if not isinstance(out, Tensor) or out.numel() != 1:
            raise RuntimeError(f"hessian(): the function must give a single element, it gave {out}")
        return _like(inputs, gradients_of(out, arguments, None, True))

    return jacobian(gradient, inputs, create_graph)


def vjp(func, inputs, v=None, create_graph=False):
    """The pair of func(inputs) and the product of `v`, of the output's shape, with the Jacobian.

    `v` may be left out where the output has a single element.
    """
    arguments, outputs = _called(func, inputs, create_graph)
    return _result(outputs, create_graph), _like(inputs, gradients_of(outputs, arguments, v, create_graph))


def hvp(func, inputs, v=None, create_graph=False):
    """The pair of func(inputs), a single element, and the product of its Hessian with `v`, of the input's shape."""
    arguments, output = _called(func, inputs, True)
    first = gradients_of(output, arguments, None, True)
    products = gradients_of(first, arguments, v, create_graph)
    return _result(output, create_graph), _like(inputs, products)


@enable_grad()
def _called(func, inputs, create_graph):
    """Copies of the inputs that require grad, connected to the originals if need be, and what the function gives."""
    connected = [np.positive(x) if create_graph and x.requires_grad else wrap(x._array) for x in tuple_of(inputs)]
    arguments = tuple([x if x.requires_grad else x.requires_grad_() for x in connected])
    return arguments, func(*arguments)


def gradients_of(outputs, arguments, vectors, create_graph):
    """The gradients of the outputs weighted by the vectors, zeros where nothing depends on an argument."""
    outputs = tuple_of(outputs)
    vectors = [None] * len(outputs) if vectors is None else tuple_of(vectors)
    flowing = [(out, vector) for out, vector in zip(outputs, vectors, strict=True) if out.requires_grad]
    if not flowing:
        return tuple([wrap(np.zeros_like(x._array)) for x in arguments])
    outputs, vectors = zip(*flowing, strict=True)
    return grad(outputs, arguments, vectors, retain_graph=True, create_graph=create_graph, materialize_grads=True)


def _stacked(rows, out, x):
    return (
        np.reshape(np.stack(rows), (*out.shape, *x.shape)) if rows else wrap(np.zeros((*out.shape, *x.shape), x.dtype))
    )


def one_hots(out):
    """Tensors of the shape of `out`, each with a 1 in another place."""
    for one_hot in np.eye(out.numel(), dtype=out.dtype):
        yield wrap(one_hot.reshape(out.shape))


def _result(outputs, create_graph):
    return outputs if create_graph else _like(outputs, tuple([out.detach() for out in tuple_of(outputs)]))


def tuple_of(values):
    """The values as a tuple, a single tensor as a tuple of one."""
    return (values,) if isinstance(values, Tensor) else tuple(values)


def _like(pattern, values):
    """The values as a tuple, or the only one where the pattern is a single tensor."""
    return values[0] if isinstance(pattern, Tensor) else values
