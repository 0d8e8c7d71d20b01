"""What PyTorch takes with a warning: softmax without its axis, losses with `size_average`."""

import functools
import warnings

from ... import ops


def old_name(function, path):
    """Return the function by its name before PyTorch 0.4, which had no `_` at its end."""
    name = function.__name__[:-1]

    @functools.wraps(function)
    def renamed(*args, **kwargs):
        text = f"`{path}.{name}` is now deprecated in favor of `{path}.{name}_`."
        warnings.warn(text, FutureWarning, stacklevel=3)
        return function(*args, **kwargs)

    renamed.__name__ = renamed.__qualname__ = name
    return renamed


def reduction_of(size_average, reduce, reduction):
    """Return the reduction of a loss: `reduction`, unless one of the old arguments is given.

    `reduce=False` is "none", `size_average=False` is "sum"; what is None counts as True.
    """
    if size_average is None and reduce is None:
        return reduction
    if reduce is not None and not reduce:
        reduction = "none"
    else:
        reduction = "mean" if size_average is None or size_average else "sum"
    warnings.warn(
        "size_average and reduce args will be deprecated, "
        f"please use reduction={reduction!r} instead.",
        stacklevel=4,
    )
    return reduction


def implicit_dim(name, input, stacklevel):
    """Return the axis that is meant where none is given: 0 for 0, 1 and 3 axes, else 1."""
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. "
        "Change the call to include dim=X as an argument.",
        stacklevel=stacklevel + 1,
    )
    return 0 if input.ndim in (0, 1, 3) else 1


def softmax(input, dim=None, _stacklevel=3, dtype=None):
    """Return exp(x) / sum(exp(x)) over the axis `dim`; without it warn, and choose by the rank."""
    if dim is None:
        ops.promotion.check_tensor("softmax", input)
        dim = implicit_dim("softmax", input, _stacklevel)
    return ops.softmax(input, dim, dtype=dtype)


def log_softmax(input, dim=None, _stacklevel=3, dtype=None):
    """Return log(softmax(x)) over the axis `dim`; without it warn, and choose by the rank."""
    if dim is None:
        ops.promotion.check_tensor("log_softmax", input)
        dim = implicit_dim("log_softmax", input, _stacklevel)
    return ops.log_softmax(input, dim, dtype=dtype)
