"""Gradients against numbers: every element of every argument, by central differences in float64."""

import numpy as np

from ..dtypes import float64
from ..tensor import Tensor, wrap
from .engine import grad
from .grad_mode import enable_grad


class GradcheckError(RuntimeError):
    """An analytic gradient that differs from the numeric one."""


def gradcheck(func, inputs, *, eps=1e-6, atol=1e-7, rtol=1e-6, raise_exception=True):
    """Whether the gradients of `func` with respect to all `inputs` that require grad are right.

    `func` takes the `inputs`, a tensor or a tuple, and gives a tensor or a tuple of them; inputs that require grad
    must be float64, and their derivative must exist at the given point. The numeric Jacobian is
    (f(x + eps) - f(x - eps)) / (2 eps), and analytic and numeric values may differ by `atol` + `rtol` * |numeric|.
    PyTorch's wider defaults (1e-5 and 1e-3) would let a gradient that is wrong by a factor of 1.001 pass.

    Returns True. Raises GradcheckError (False without `raise_exception`) with the input, the index, the analytic and
    the numeric value of the largest difference; ValueError if there is nothing to check or an input is not float64.

    >>> import minigrad as mg
    >>> gradcheck(mg.tanh, mg.tensor([0.5, -1.0], dtype=mg.float64, requires_grad=True))
    True
    """
    inputs = _tuple(inputs)
    checked = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError("gradcheck(): no input requires grad, so there is nothing to check")
    for i in checked:
        if inputs[i].dtype != float64:
            raise ValueError(f"gradcheck(): input {i} is {inputs[i].dtype}; differences need float64, use .double()")
    try:
        analytic = _analytic_jacobians(func, inputs, checked)
        for i in checked:
            numeric = _numeric_jacobians(func, inputs, inputs[i]._array, eps)
            for o, (ours, theirs) in enumerate(zip(analytic[i], numeric, strict=True)):
                _compare(ours, theirs, i, o, inputs[i].shape, atol, rtol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(func, inputs, grad_outputs=None, *, eps=1e-6, atol=1e-7, rtol=1e-6, raise_exception=True):
    """As `gradcheck`, for the gradients of the gradients: with respect to the inputs and to `grad_outputs`.

    `grad_outputs`, float64 tensors of the outputs' shapes, are drawn from a fixed seed when not given.
    """
    inputs = _tuple(inputs)
    if grad_outputs is None:
        rng = np.random.default_rng(0)
        grad_outputs = tuple(
            wrap(rng.standard_normal(out.shape)).requires_grad_() for out in _outputs(func, inputs) if out.requires_grad
        )
    grad_outputs = _tuple(grad_outputs)
    checked = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]

    def gradients(*arguments):
        arguments, cotangents = arguments[: len(inputs)], arguments[len(inputs) :]
        outputs = [out for out in _outputs(func, arguments) if out.requires_grad]
        wanted = [arguments[i] for i in checked]
        return grad(outputs, wanted, cotangents, create_graph=True, materialize_grads=True)

    arguments = (*inputs, *grad_outputs)
    return gradcheck(gradients, arguments, eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception)


def _tuple(values):
    return (values,) if isinstance(values, Tensor) else tuple(values)


@enable_grad()
def _outputs(func, inputs):
    return _tuple(func(*inputs))


def _analytic_jacobians(func, inputs, checked):
    """For each checked input its Jacobians, one an output: shape (elements of the output, elements of the input)."""
    jacobians = {i: [] for i in checked}
    for out in _outputs(func, inputs):
        rows = {i: np.zeros((out.numel(), inputs[i].numel())) for i in checked}
        for k in range(out.numel() if out.requires_grad else 0):
            one_hot = np.zeros(out.shape)
            one_hot.flat[k] = 1
            wanted = [inputs[i] for i in checked]
            shares = grad(out, wanted, wrap(one_hot), retain_graph=True, allow_unused=True)
            for i, share in zip(checked, shares, strict=True):
                if share is not None:
                    rows[i][k] = share._array.ravel()
        for i in checked:
            jacobians[i].append(rows[i])
    return jacobians


def _numeric_jacobians(func, inputs, array, eps):
    """The Jacobians of all outputs with respect to the input over `array`, which is nudged and restored."""
    columns = []
    for index in np.ndindex(array.shape):
        value = array[index]
        sides = []
        for nudged in (value + eps, value - eps):
            array[index] = nudged
            sides.append([np.array(out._array, np.float64).ravel() for out in _outputs(func, inputs)])
        array[index] = value
        columns.append([(above - below) / (2 * eps) for above, below in zip(*sides, strict=True)])
    if not columns:
        return [np.zeros((out.numel(), 0)) for out in _outputs(func, inputs)]
    return [np.stack(of_output, axis=1) for of_output in zip(*columns, strict=True)]


def _compare(analytic, numeric, i, o, shape, atol, rtol):
    excess = np.abs(analytic - numeric) - (atol + rtol * np.abs(numeric))
    excess = np.where(np.isnan(excess), np.inf, excess)
    if excess.size and excess.max() > 0:
        row, column = np.unravel_index(excess.argmax(), excess.shape)
        index = tuple(int(n) for n in np.unravel_index(column, shape))
        raise GradcheckError(
            f"gradient of output {o}, element {row}, with respect to input {i} at index {index}: "
            f"analytic {analytic[row, column]:.10g}, numeric {numeric[row, column]:.10g}"
        )
