"""Numerical checks of gradients, for every element, by central differences in float64."""

import numpy as np

from ..arguments import public
from ..dtypes import float64
from ..quiet import quiet
from ..core.tensor import Tensor, wrap
from .functional import gradients_of, one_hots, refuse_inference, tuple_of
from .grad_mode import enable_grad


class GradcheckError(RuntimeError):
    """An analytic gradient that differs from the numeric one."""


@public
def gradcheck(func, inputs, *, eps=1e-6, atol=1e-7, rtol=1e-6, raise_exception=True):
    """Check the gradients of `func` with respect to all `inputs` that require grad.

    `func` takes the `inputs`, a tensor or a tuple, and returns a tensor or a tuple of them; inputs
    that require grad must be float64, and their derivative must exist at the given point. The
    numeric Jacobian is (f(x + eps) - f(x - eps)) / (2 eps), and analytic and numeric values may
    differ by `atol` + `rtol` * |numeric|. PyTorch's wider defaults (1e-5 and 1e-3) would let a
    gradient that is wrong by a factor of 1.001 pass.

    Returns True. Raises GradcheckError (False without `raise_exception`) with the input, the index,
    the analytic and the numeric value of the largest difference; ValueError if there is nothing to
    check or an input is not float64; TypeError if the function returns anything but tensors;
    RuntimeError in inference mode. `fast_mode`, by which PyTorch checks less, changes nothing;
    NotImplementedError for PyTorch's other options, unless they have their defaults.

    >>> import minigrad as mg
    >>> gradcheck(mg.tanh, mg.tensor([0.5, -1.0], dtype=mg.float64, requires_grad=True))
    True
    """
    refuse_inference("gradcheck")
    inputs = tuple_of(inputs)
    checked = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError("gradcheck(): no input requires grad, so there is nothing to check")
    for i in checked:
        if inputs[i].dtype != float64:
            raise ValueError(
                f"gradcheck(): input {i} is {inputs[i].dtype}; differences need float64, "
                "use .double()"
            )
    wanted = [inputs[i] for i in checked]
    try:
        analytic = [_analytic_jacobians(out, wanted) for out in _outputs(func, inputs)]
        for place, i in enumerate(checked):
            for o, numeric in enumerate(_numeric_jacobians(func, inputs, inputs[i]._array, eps)):
                _compare(analytic[o][place], numeric, i, o, inputs[i].shape, atol, rtol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


@public
def gradgradcheck(
    func, inputs, grad_outputs=None, *, eps=1e-6, atol=1e-7, rtol=1e-6, raise_exception=True
):
    """Check the gradients of the gradients, with respect to the inputs and to `grad_outputs`.

    The rest is as in `gradcheck`. `grad_outputs`, float64 tensors of the outputs' shapes, are drawn
    from a fixed seed when not given. ValueError if there is not one for each output that requires
    grad.
    """
    inputs = tuple_of(inputs)
    if grad_outputs is None:
        rng = np.random.default_rng(0)
        outputs = [out for out in _outputs(func, inputs) if out.requires_grad]
        grad_outputs = [wrap(rng.standard_normal(out.shape)).requires_grad_() for out in outputs]
    grad_outputs = tuple_of(grad_outputs)
    checked = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]

    def gradients(*arguments):
        cotangents = arguments[len(inputs) :]
        arguments = arguments[: len(inputs)]
        outputs = [out for out in _outputs(func, arguments) if out.requires_grad]
        if not outputs or len(outputs) != len(cotangents):
            raise ValueError(
                f"gradgradcheck(): {len(outputs)} outputs require grad, and there are "
                f"{len(cotangents)} grad_outputs; there must be one for each"
            )
        return gradients_of(outputs, [arguments[i] for i in checked], cotangents, True)

    arguments = (*inputs, *grad_outputs)
    return gradcheck(
        gradients, arguments, eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception
    )


@enable_grad()
def _outputs(func, inputs):
    outputs = tuple_of(func(*inputs))
    for out in outputs:
        if not isinstance(out, Tensor):
            kind = type(out).__name__
            raise TypeError(f"gradcheck(): the function must give Tensors, not {kind}")
    return outputs


def _analytic_jacobians(out, inputs):
    """Return the Jacobian of `out` by each input: (elements of the output, of the input)."""
    rows = [gradients_of(out, inputs, one_hot, False) for one_hot in one_hots(out)]
    return [
        np.reshape([row[i]._array for row in rows], (len(rows), x.numel()))
        for i, x in enumerate(inputs)
    ]


def _numeric_jacobians(func, inputs, array, eps):
    """Return the Jacobians of all outputs by the input over `array`.

    Each element is shifted by `eps` both ways, and restored.
    """
    columns = []
    for index in np.ndindex(array.shape):
        value = array[index]
        sides = []
        for shifted in (value + eps, value - eps):
            array[index] = shifted
            outputs = _outputs(func, inputs)
            sides.append([np.array(out._array, np.float64).ravel() for out in outputs])
        array[index] = value
        columns.append([_slope(above, below, eps) for above, below in zip(*sides, strict=True)])
    if not columns:
        return [np.zeros((out.numel(), 0)) for out in _outputs(func, inputs)]
    return [np.stack(of_output, axis=1) for of_output in zip(*columns, strict=True)]


@quiet
def _slope(above, below, eps):
    return (above - below) / (2 * eps)


@quiet
def _compare(analytic, numeric, i, o, shape, atol, rtol):
    """Raise GradcheckError where the Jacobian of output `o` by input `i` differs most."""
    excess = np.abs(analytic - numeric) - (atol + rtol * np.abs(numeric))
    excess = np.where(np.isnan(excess), np.inf, excess)
    if excess.size and excess.max() > 0:
        row, column = np.unravel_index(excess.argmax(), excess.shape)
        index = tuple(int(n) for n in np.unravel_index(column, shape))
        raise GradcheckError(
            f"gradient of output {o}, element {row}, with respect to input {i} at index {index}: "
            f"analytic {analytic[row, column]:.10g}, numeric {numeric[row, column]:.10g}"
        )
