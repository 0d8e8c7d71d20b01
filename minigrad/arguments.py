"""Checks of the arguments of all public functions: each error names the function and the argument.

The functions are written for valid arguments. An invalid one mostly fails deep within, with a
message of NumPy's or of another function; `public` rewrites it for the function that was called.
What would not fail at all, such as a string instead of a flag, is refused beforehand. Both go by
the name of the parameter. It means the same in all functions; where it does not, the tables put
the name of the function in front of it.
"""

import functools
import inspect
import opcode
import os
import re
from types import FunctionType

import numpy as np

from .absent import refuse
from .core.tensor import Tensor

PACKAGE = os.path.dirname(__file__)
CONVERSION = os.path.join(PACKAGE, "ops", "conversion.py")
NUMPY = os.path.dirname(np.__file__)
RAISE = opcode.opmap["RAISE_VARARGS"]
INNER_NAME = re.compile(r"^[\w.]+\(\): ")
REFUSALS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)
PLAIN = (TypeError, ValueError, IndexError, RuntimeError, NotImplementedError, OverflowError)
KINDS = {
    AttributeError: TypeError,
    KeyError: TypeError,
    TypeError: TypeError,
    IndexError: IndexError,
}


# -- Checks: each returns what the value must be, or None if it is valid ---------------------------


DTYPE = "a dtype, such as minigrad.float32"
LARGE_NUMBER = "a number that fits into 64 bits"
LARGE_INTEGER = "an integer that fits into 64 bits"
TYPES = {  # of the errors; all others are a TypeError
    LARGE_NUMBER: OverflowError,
    LARGE_INTEGER: ValueError,
}


def _flag(value):
    return None if isinstance(value, (bool, np.bool_)) else "True or False"


def _dtype(value):
    return None if isinstance(value, (np.dtype, type)) else DTYPE


def _number(value):
    if isinstance(value, int):
        return None if -(2**63) <= value < 2**64 else LARGE_NUMBER
    if isinstance(value, (float, np.number, np.bool_)):
        return None
    return None if isinstance(value, Tensor) and not value.ndim else "a number"


def _no_large_number(value):
    return _number(value) if isinstance(value, int) else None


def _integer(value):
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return None if -(2**63) <= value < 2**63 else LARGE_INTEGER
    if isinstance(value, Tensor) and value.dtype.kind in "iu" and value.numel() == 1:
        return None
    return "an integer"


def _integers(value):
    is_valid = not _integer(value) or not _tuple_of_integers(value)
    return None if is_valid else "an integer or a tuple of integers"


def _tuple_of_integers(value):
    is_valid = isinstance(value, (tuple, list)) and not any(map(_integer, value))
    return None if is_valid else "a tuple of integers"


def _text(value):
    return None if isinstance(value, str) else "a string"


def _tensor(value):
    return None if isinstance(value, Tensor) else "a Tensor"


def _or(wanted, kinds):
    """Return the check `wanted` that also accepts values of these kinds."""
    return lambda value: None if isinstance(value, kinds) else wanted(value)


def _or_none(wanted):
    return lambda value: None if value is None else wanted(value)


def _operand(value):
    return None if isinstance(value, (Tensor, np.ndarray)) or not _number(value) else "a Tensor"


def _table(rows):
    return {name: wanted for names, wanted in rows.items() for name in names.split()}


# Checked at each call: arguments that might give a result although they are invalid.
BEFORE = _table(
    {
        "dtype": _or_none(_dtype),
        "type.dtype type1 type2": _dtype,
        """as_tuple copy descending equal_nan is_causal keepdim largest non_blocking return_counts
        return_inverse sorted stable training unbiased""": _flag,
        """RNN.batch_first LSTM.batch_first GRU.batch_first RNN.bias LSTM.bias GRU.bias
        bidirectional pack_padded_sequence.batch_first pad_packed_sequence.batch_first
        pad_sequence.batch_first""": _flag,
        "requires_grad foreach fused": _or_none(_flag),
        "capturable decoupled_weight_decay differentiable": _flag,
        "requires_grad_.requires_grad tensor.requires_grad": _flag,
        """alpha b beta clip_value delta dist.p dropout_p eps gain label_smoothing max_norm momentum
        negative_slope normal_.mean normal_.std pad.value padding_value rtol atol
        threshold trunc_normal_.a trunc_normal_.mean trunc_normal_.std uniform_.a val""": _number,
        """BatchNorm1d.momentum BatchNorm2d.momentum LazyBatchNorm1d.momentum
        LazyBatchNorm2d.momentum""": _or_none(_number),
        "correction": _or_none(_number),
        "logaddexp.input logaddexp.other": _tensor,
        """exponent ignore_index initial_accumulator_value norm.p normalize.p
        stride""": _no_large_number,
        """chunks conv1d.groups conv2d.groups conv_transpose2d.groups cosine_similarity.dim decimals
        diagonal embedding.padding_idx k length num_classes offset total_length""": _integer,
        "padding_side": _text,
        """AvgPool1d.kernel_size AvgPool1d.stride LayerNorm.normalized_shape
        layer_norm.normalized_shape""": _integers,
        """destination narrow.start repeats shifts source split_size
        split_size_or_sections""": _or(_integers, Tensor),
        """Conv1d.padding Conv2d.padding ConvTranspose2d.padding
        LazyConv2d.padding""": _or(_integers, str),
        "flip.dims pad.pad permute.dims tile.dims": _tuple_of_integers,
    }
)

# Checked when a call has failed, to find the reason.
AFTER = _table(
    {
        """dim dims dilation kernel_size normalized_shape output_padding output_size pad
        shape size sizes stride""": _integers,
        "interpolate.mode interpolate.size": lambda value: None,  # it checks them
        "permute.dims unflatten.sizes": _tuple_of_integers,
        "roll.dims": _or_none(_integers),
        "std.dim var.dim": _or(_integers, bool),
        """argmax.dim argmin.dim cumsum.dim dim0 dim1 dim2 end_dim log_softmax.dim softmax.dim
        start_dim""": _integer,
        "max.dim min.dim": _or(_integer, Tensor),
        "padding": _or(_integers, str),
        "approximate equation indexing mode rounding_mode": _text,
        "cdist.p norm.p normalize.p": _or(_number, str),
        "tensor": _tensor,
        """attn_mask batch_norm.bias batch_norm.weight layer_norm.bias layer_norm.weight
        linear.bias running_mean running_var""": _or_none(_tensor),
        """condition end exponent index input mask mat1 mat2 other src target tensor1 tensor2 value
        vec vec2 weight""": _operand,
    }
)


def _wanted(table, name, parameters):
    """Return {parameter: check} for those in the table; a default of None is accepted, too."""
    found = {}
    for parameter, declared in parameters.items():
        keys = (f"{name}.{parameter}", f"{name.rstrip('_')}.{parameter}", parameter)
        wanted = next((table[key] for key in keys if key in table), None)
        if wanted is not None and declared.kind is not declared.VAR_POSITIONAL:
            found[parameter] = _or_none(wanted) if declared.default is None else wanted
    return found


# What PyTorch's functions also take, as (arguments, the value they must have here, functions). Such
# an argument is checked and dropped.
NO_VALUE = object()  # for an argument that has no default
ANY_FLAG = object()  # for one that only makes PyTorch faster
CREATING = """
    arange empty empty_like eye full full_like linspace ones ones_like tril_indices triu_indices
    zeros zeros_like normal rand rand_like randint randn randn_like randperm new_empty new_full
    new_ones new_zeros
"""
COPYING = """
    clone to cpu byte bool double float int long empty empty_like full_like ones_like rand_like
    randn_like zeros_like
"""
CHECKING = "gradcheck gradgradcheck"
DROPPED = (
    ("pin_memory", ANY_FLAG, f"{CREATING} tensor"),
    ("layout", None, CREATING),
    ("memory_format", None, COPYING),
    ("memory_format", NO_VALUE, "contiguous is_contiguous"),
    ("sparse_grad", False, "gather"),
    ("reduce", NO_VALUE, "scatter scatter_"),
    ("output_size", None, "repeat_interleave"),
    ("implicit", False, "expand"),
    ("out_dtype", NO_VALUE, "addmm bmm mm"),
    ("dtype", NO_VALUE, "view"),
    ("pickle_module", None, "load save"),
    ("pickle_protocol", 2, "save"),
    ("fast_mode", ANY_FLAG, CHECKING),
    ("check_undefined_grad", True, CHECKING),
    ("check_grad_dtypes check_batched_grad nondet_tol", 0, CHECKING),
    ("check_backward_ad", True, "gradcheck"),
    ("check_batched_forward_grad check_forward_ad", False, "gradcheck"),
    ("masked", None, "gradcheck"),
    ("check_rev_over_rev", True, "gradgradcheck"),
    ("check_fwd_over_rev gen_non_contig_grad_outputs masked", False, "gradgradcheck"),
)


def _dropped(function, name):
    """Return {argument: the value it must have} for what the function's signature has not."""
    if function.__name__ == "__init__":
        return {}
    found = {"out": None}
    for arguments, value, functions in DROPPED:
        if name in functions.split() and not function.__module__.startswith("minigrad.nn"):
            found |= dict.fromkeys(arguments.split(), value)
    return found


def _drop(name, dropped, keywords):
    """Take these arguments out of the keywords; NotImplementedError for another value."""
    for argument in dropped.keys() & keywords:
        value = keywords.pop(argument)
        wanted = dropped[argument]
        if wanted is ANY_FLAG:
            if text := _or_none(_flag)(value):
                raise unfit(name, argument, text, value)
        elif value is not wanted and not (isinstance(value, (int, float)) and value == wanted):
            refuse(name, f"{argument}={described(value)}")


# PyTorch's functions written in C take NumPy's names, too; these are written in Python there.
NUMPYS_NAMES = {"axis": "dim", "keepdims": "keepdim"}
IN_PYTHON = {"norm", "split", "unique"}


def _numpys_names(function, name, parameters):
    """Return {NumPy's name: the parameter's} for the function."""
    in_nn = function.__module__.startswith("minigrad.nn") and name != "cosine_similarity"
    if in_nn or name in IN_PYTHON or function.__name__ == "__init__":
        return {}
    found = {other: ours for other, ours in NUMPYS_NAMES.items() if ours in parameters}
    return found | {"value": "src"} if name in ("scatter", "scatter_") else found


def _rename(keywords, renamed):
    """Give the arguments with NumPy's names the parameters' names, unless these are given, too."""
    for other in renamed.keys() & keywords:
        if renamed[other] not in keywords:
            keywords[renamed[other]] = keywords.pop(other)


# -- The functions ---------------------------------------------------------------------------------


def publish(namespace):
    """Make every function with a public name in a package's `globals()` `public`."""
    for name, value in list(namespace.items()):
        if name[0] == "_" or not getattr(value, "__module__", "").startswith(namespace["__name__"]):
            continue
        if inspect.isfunction(value) and not hasattr(value, "is_public"):
            namespace[name] = public(value, name)


def publish_classes(namespace, base):
    """Make the constructors of the subclasses of `base` in a package's `globals()` `public`."""
    for name, value in namespace.items():
        if inspect.isclass(value) and issubclass(value, base) and value is not base:
            if hasattr(value, "forward"):
                value.forward = _called(value.forward, f"{name}.forward")
            value.__init__ = public(_called(value.__init__, f"{name}.__init__"), name)


def _called(method, qualname):
    """Return the method or, if inherited, a copy that Python's own errors call `qualname`."""
    inner = method.__wrapped__ if hasattr(method, "is_public") else method
    if inner.__qualname__ == qualname or hasattr(inner, "__wrapped__"):
        return method
    copy = FunctionType(inner.__code__, inner.__globals__, closure=inner.__closure__)
    copy.__defaults__ = inner.__defaults__
    copy.__kwdefaults__ = inner.__kwdefaults__
    copy.__qualname__ = qualname
    return copy


def public(function, name=None):
    """Return the function with its arguments checked, and its errors beginning with its name."""
    name = name or function.__name__
    checks = None
    first_place = -1  # of what is checked; known from the first call on: reading 700 signatures
    #                   takes longer than all the rest of the import

    @functools.wraps(function)
    def checked(*arguments, **keywords):
        nonlocal checks, first_place
        if keywords or len(arguments) > first_place:  # most calls have nothing to check
            if checks is None:
                checks = Checks(function, name)
                first_place = checks.first_place
            if keywords:
                _rename(keywords, checks.renamed)
                _drop(name, checks.dropped, keywords)
            _check_before(name, checks.by_place, checks.by_name, arguments, keywords)
        try:
            return function(*arguments, **keywords)
        except REFUSALS as error:
            frames = list(_frames(error.__traceback__.tb_next))
            unbound = not frames or str(error).startswith((f"{name}() ", f"{name}.__init__() "))
            if unbound or not all(map(_ours_or_numpys, frames)):
                raise  # the arguments do not fit the signature, or a user's own code raised it
            wanted = _wanted(AFTER, name, checks.signature.parameters)
            told = explained(error, frames[-1], name, checks.signature, wanted, arguments, keywords)
            if told is None:
                raise
            raise told from None

    checked.is_public = True
    return checked


class Checks:
    """What is checked of the arguments of one function before it computes."""

    def __init__(self, function, name):
        self.signature = inspect.signature(function)
        parameters = self.signature.parameters
        self.by_name = _wanted(BEFORE, name, parameters)
        placed = [p.name for p in parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        self.by_place = {i: self.by_name[x] for i, x in enumerate(placed) if x in self.by_name}
        self.first_place = min(self.by_place, default=len(parameters))
        self.renamed = _numpys_names(function, name, parameters)
        self.dropped = _dropped(function, name)


def _check_before(name, by_place, by_name, arguments, keywords):
    """Raise the error for the first of the arguments that is invalid."""
    for place, wanted in by_place.items():
        if place < len(arguments) and (text := wanted(arguments[place])):
            raise unfit(name, f"argument {place + 1}", text, arguments[place])
    for key, value in keywords.items():
        if key in by_name and (text := by_name[key](value)):
            raise unfit(name, key, text, value)


def explained(error, last_frame, name, signature, wanted, arguments, keywords):
    """Return the error rewritten for the function `name`, or None if it says enough."""
    raised_here = _raised_here(last_frame)
    as_a_number = _asked_for_a_number(last_frame)
    if not (raised_here and isinstance(error, TypeError)):
        for parameter, text, value in misfits(signature, wanted, arguments, keywords):
            return unfit(name, parameter, text, value)
    if raised_here and not as_a_number:
        text = str(error)
        plain = type(error) in PLAIN and name not in text
        return type(error)(f"{name}(): {INNER_NAME.sub('', text)}") if plain else None
    given = [described(value) for value in arguments]
    given += [f"{key}={described(value)}" for key, value in keywords.items()]
    kinds = (KINDS[base] for base in type(error).__mro__ if base in KINDS)
    kind = TypeError if as_a_number else next(kinds, RuntimeError)
    return kind(f"{name}(): these arguments do not fit: {', '.join(given) or 'none'} ({error})")


def misfits(signature, wanted, arguments, keywords):
    """Yield (parameter, what it must be, the value) for each argument of a wrong type."""
    try:
        given = signature.bind_partial(*arguments, **keywords).arguments
    except TypeError:
        return
    for parameter, check in wanted.items():
        if parameter in given and (text := check(given[parameter])):
            yield parameter, text, given[parameter]


def unfit(name, parameter, text, value):
    """Return the error for an argument that is not what `text` says."""
    error = TYPES.get(text, TypeError)
    return error(f"{name}(): {parameter} must be {text}, not {described(value)}")


def _frames(traceback):
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _ours_or_numpys(traceback):
    file = traceback.tb_frame.f_code.co_filename
    return file.startswith((PACKAGE, NUMPY)) or file.endswith(".pyx")


def _raised_here(traceback):
    """Return whether a `raise` statement of minigrad raised it, not a call in an expression."""
    code = traceback.tb_frame.f_code
    return code.co_filename.startswith(PACKAGE) and code.co_code[traceback.tb_lasti] == RAISE


def _asked_for_a_number(traceback):
    """Return whether it comes from a Tensor method by which Python asks for a number."""
    code = traceback.tb_frame.f_code
    return code.co_filename == CONVERSION and code.co_name in ("truth", "index", "number", "length")


def described(value):
    """Return an argument in a few words: a tensor as its dtype and shape, a short value itself."""
    if isinstance(value, (Tensor, np.ndarray)):
        return f"{value.dtype} {type(value).__name__} of shape {value.shape}"
    if isinstance(value, (list, tuple)) and len(value) <= 8:
        return f"[{', '.join(map(described, value))}]"
    text = repr(value) if type(value).__module__ in ("builtins", "numpy") else ""
    return text if 0 < len(text) <= 40 else f"a {type(value).__name__}"
