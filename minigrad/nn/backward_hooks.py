"""Hooks on the gradients of a module's input and output: `register_full_backward_hook`."""

import warnings

from ..autograd.function import Function
from ..core import record
from ..core.tensor import Tensor


class Boundary(Function):
    """The tensors unchanged; backward hands their gradients to `observe`, and takes its result."""

    @staticmethod
    def forward(ctx, observe, *tensors):
        ctx.observe = observe
        ctx.mark_non_differentiable(*[x for x in tensors if not x.requires_grad])
        return tensors

    @staticmethod
    def backward(ctx, *grads):
        return None, *ctx.observe(grads)


class Crossing:
    """One call of a module with hooks: what crosses its boundaries on the walk back.

    The hooks run when the gradients of the inputs are known. If no input wants one, they run when
    those of the outputs are, with a warning, as in PyTorch.
    """

    def __init__(self, module):
        self.module = module
        self.hooks = list(module._backward_hooks.values())
        self.with_inputs = False
        self.grad_output = None

    def inputs(self, args):
        """Return the arguments, behind a boundary if a tensor among them wants a gradient."""
        self.args = len(args)
        self.places = [i for i, x in enumerate(args) if isinstance(x, Tensor)]
        tensors = [args[i] for i in self.places]
        self.with_inputs = record.mode.recording and any(x.requires_grad for x in tensors)
        if not self.with_inputs:
            return args
        args = list(args)
        for i, x in zip(self.places, Boundary.apply(self._call_hooks, *tensors), strict=True):
            args[i] = x
        return tuple(args)

    def outputs(self, output):
        """Return a tensor, or a tuple with tensors, behind a boundary; others with a warning."""
        if not isinstance(output, (Tensor, tuple)):
            what = "module output should be a Tensor or a tuple of Tensors but received"
            warnings.warn(f"For backward hooks to be called, {what} {type(output)}", stacklevel=4)
            return output
        results = list(output) if isinstance(output, tuple) else [output]
        self.grad_output = [None] * len(results)
        places = [i for i, x in enumerate(results) if isinstance(x, Tensor)]
        behind = Boundary.apply(self._leave, *[results[i] for i in places])
        for i, x in zip(places, behind, strict=True):
            results[i] = x
            if x.requires_grad:
                x.register_hook(lambda g, i=i: self.grad_output.__setitem__(i, g))
        if not isinstance(output, tuple):
            return results[0]
        return type(output)(*results) if hasattr(output, "_fields") else tuple(results)

    def _leave(self, grads):
        if not self.with_inputs:
            warnings.warn(
                "Full backward hook is firing when gradients are computed with respect to module "
                "outputs since no inputs require gradients",
                stacklevel=2,
            )
            if any(g is not None for g in self._call_hooks([None] * len(self.places))):
                raise RuntimeError(
                    "a backward hook of a module of which no input requires grad must return None"
                )
        return grads

    def _call_hooks(self, grads):
        """Return the gradients of the tensors among the inputs, as the hooks leave them."""
        if self.grad_output is None:  # the output is behind no boundary
            return grads
        grad_input = [None] * self.args
        for i, g in zip(self.places, grads, strict=True):
            grad_input[i] = g
        grad_input = tuple(grad_input)
        grad_output = tuple(self.grad_output)
        self.grad_output = [None] * len(grad_output)  # a second walk has its own
        for hook in self.hooks:
            replaced = hook(self.module, grad_input, grad_output)
            if replaced is not None:
                _check(replaced, grad_input)
                grad_input = tuple(replaced)
        return [grad_input[i] for i in self.places]


def _check(replaced, grads):
    """Raise RuntimeError unless a hook gave what can stand for the gradients."""
    if not isinstance(replaced, (tuple, list)) or len(replaced) != len(grads):
        given = len(replaced) if isinstance(replaced, (tuple, list)) else type(replaced).__name__
        raise RuntimeError(f"a backward hook must return {len(grads)} gradients, not {given}")
    for new, old in zip(replaced, grads, strict=True):
        if new is not None and old is not None:
            if (new.shape, new.dtype) != (old.shape, old.dtype):
                raise RuntimeError(
                    f"a backward hook turned a gradient of shape {old.shape} and {old.dtype} into "
                    f"one of {new.shape} and {new.dtype}"
                )
