"""How elementwise operations are declared, and what happens when the types of their operands differ.

    exp = unary("exp", np.exp, lambda g, out, _x: g * out, floating=True)
    mul = binary("mul", np.multiply, lambda g, _out, _x, y: g * y, lambda g, _out, x, _y: g * x)

See `autograd/graph.py` for what a rule is.
"""

import numpy as np

from ..autograd import anomaly, graph
from ..dtypes import get_default_dtype, is_floating, result_type, supported
from ..quiet import quiet, restore, silence
from ..tensor import Node, Tensor, new, wrap

ndarray = np.ndarray  # looked up once
_NO_PARAMS = {}
_NUMPYS_NUMBERS = (np.integer, np.floating, np.bool_)
_LEAST, _MOST = -(2**63), 2**64 - 1  # of the integers that PyTorch takes for numbers


@graph.operation(lambda g, _out, _x, dtype: cast(g, dtype=_x.dtype))
def cast(x, dtype):
    """`x` in another dtype, as a copy."""
    return x.astype(dtype)


def check_tensor(name, *operands):
    """TypeError unless all are Tensors."""
    for operand in operands:
        if not isinstance(operand, Tensor):
            raise TypeError(f"{name}(): expected a Tensor, not {type(operand).__name__}; see minigrad.tensor()")


def refuse_bools(name, input):
    """The tensor itself; NotImplementedError if it is boolean."""
    check_tensor(name, input)
    if input.dtype == bool:
        raise NotImplementedError(f"{name}(): is not defined for booleans; use .long() or .float()")
    return input


@quiet
def array_of_number(name, value, dtype):
    """A 0-d array of `value`. TypeError unless it is a number, RuntimeError unless the dtype can hold it.

    OverflowError for an integer beyond 64 bits.
    """
    if not isinstance(value, (int, float, *_NUMPYS_NUMBERS)):
        raise TypeError(f"{name}(): expected a number, not {type(value).__name__}")
    if isinstance(value, int) and not _LEAST <= value <= _MOST:
        raise OverflowError(f"{name}(): a number must fit into 64 bits, got {value}")
    if not _holds(dtype, value):
        raise RuntimeError(f"{name}(): {value} is outside of what {dtype} holds")
    return np.asarray(value).astype(dtype)


def check_held(name, tensor, number):
    """RuntimeError where an integer `number` would be another number in the integer dtype of the `tensor`.

    A negative one that an unsigned dtype counts from above is let pass, as in PyTorch.
    """
    if not isinstance(tensor, Tensor) or tensor.dtype.kind not in "iu" or not isinstance(number, int):
        return
    most = np.iinfo(tensor.dtype).max
    if not -most - 1 <= number <= most:
        raise RuntimeError(f"{name}(): {number} is outside of what {tensor.dtype} holds")


def _holds(dtype, value):
    if dtype.kind == "f":
        return not np.finfo(dtype).max < abs(value) < np.inf
    return dtype.kind == "b" or np.iinfo(dtype).min <= value <= np.iinfo(dtype).max


def is_number(value):
    """Whether it is an int of 64 bits or a float, of Python's own."""
    return type(value) is float or (type(value) is int and _LEAST <= value <= _MOST)


def is_boolean(value):
    """Whether it is a boolean, or an array or tensor of them."""
    return value.dtype == bool if isinstance(value, (Tensor, np.ndarray)) else isinstance(value, (bool, np.bool_))


def unary(name, forward, rule, floating=False, bools=True):
    """An elementwise operation of one tensor; with `floating`, an integer tensor is first made a float one.

    Without a rule (None) its result has no gradient. With `bools` false it is not defined for boolean tensors.
    """

    def operation(input):
        if not isinstance(input, Tensor):
            check_tensor(name, input)
        x = input._array
        if floating and x.dtype.kind != "f":
            x = x.astype(get_default_dtype())
        elif not bools and x.dtype.kind == "b":
            raise NotImplementedError(f"{name}(): is not defined for {x.dtype}")
        alarms = silence()
        try:
            out = forward(x)
        except TypeError:
            raise NotImplementedError(f"{name}(): is not defined for {x.dtype}") from None
        finally:
            restore(alarms)
        return graph.record(operation, out, (x,), (input._node if rule else None,), _NO_PARAMS)

    return graph.declare(operation, name, (rule,), broadcasts=True)


def binary(name, forward, rule_x, rule_y, floating=False, broadcasts=True, bools=True):
    """An elementwise, broadcasting operation of two tensors, of which one may be a number.

    `graph.record` stands in it a second time, written out: this is what programs call most, and the call costs
    0.1 us of the 0.5 us that recording takes.
    """
    differentiable = rule_x is not None

    def operation(input, other):
        if isinstance(input, Tensor) and isinstance(other, Tensor) and input._array.dtype is other._array.dtype:
            x, y, x_node, y_node = input._array, other._array, input._node, other._node
            if floating and x.dtype.kind != "f":
                x, y = x.astype(get_default_dtype()), y.astype(get_default_dtype())
        elif isinstance(input, Tensor) and input._array.dtype.kind == "f" and is_number(other):
            x, y, x_node, y_node = input._array, other, input._node, None
        elif isinstance(other, Tensor) and other._array.dtype.kind == "f" and is_number(input):
            x, y, x_node, y_node = input, other._array, None, other._node
        else:
            if not bools and any(map(is_boolean, (input, other))):
                raise NotImplementedError(f"{name}(): is not defined for booleans; use .long() or .float()")
            left, right = promoted(name, input, other, floating=floating)
            x, y, x_node, y_node = left._array, right._array, left._node, right._node
        alarms = silence()
        try:
            out = forward(x, y)
        except ValueError:
            raise RuntimeError(
                f"{name}(): shapes {np.shape(x)} and {np.shape(y)} do not broadcast; counted from the last, "
                "two axes must be equal or one of them 1"
            ) from None
        except TypeError:
            raise NotImplementedError(f"{name}(): is not defined for {np.result_type(x, y)}") from None
        finally:
            restore(alarms)
        tensor = new(Tensor)
        tensor._array = out if type(out) is ndarray else np.asarray(out)
        tensor._grad = None
        if (x_node is None and y_node is None) or not differentiable or not graph.mode.recording:
            tensor._node = None
            return tensor
        node = tensor._node = Node()
        node.operation = operation
        node.inputs = (x, y)
        node.parents = (x_node, y_node)
        node.params = _NO_PARAMS
        node.out = tensor._array
        node.time = graph.tick()
        node.receiver = None
        if anomaly.enabled:
            anomaly.examine_forward(node)
        return tensor

    return graph.declare(operation, name, (rule_x, rule_y), broadcasts)


def promoted(name, *operands, floating=False):
    """The operands, tensors or numbers, as tensors of their common dtype under PyTorch's promotion rules.

    With `floating`, that dtype is a floating one. TypeError for an operand of another type, OverflowError for an
    integer beyond 64 bits.
    """
    known = []
    for operand in operands:
        if isinstance(operand, _NUMPYS_NUMBERS):
            operand = operand.item()  # NumPy's scalars are as weak as Python's: float32 * np.sqrt(2) is float32
        if not isinstance(operand, (Tensor, np.ndarray, float, int)):
            raise TypeError(f"{name}(): expected a Tensor or a number, not {type(operand).__name__}")
        if isinstance(operand, np.ndarray):
            supported(operand.dtype, f"{name}()")
        if isinstance(operand, int) and not _LEAST <= operand <= _MOST:
            raise OverflowError(f"{name}(): a number must fit into 64 bits, got {operand}")
        known.append(wrap(operand) if isinstance(operand, np.ndarray) else operand)
    dtype = result_type(*[x._array if isinstance(x, Tensor) else x for x in known])
    if floating and not is_floating(dtype):
        dtype = get_default_dtype()
    return [_as_dtype(x, dtype) for x in known]


def _as_dtype(x, dtype):
    if not isinstance(x, Tensor):
        return wrap(np.array(x).astype(dtype))
    return x if x.dtype == dtype else cast(x, dtype=dtype)
