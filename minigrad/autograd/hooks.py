"""Hooks: functions that are called when something passes by, a gradient or a module's input and output."""

import weakref

from ..tensor import Tensor, wrap


class HookHandle:
    """What registering a hook gives; `remove()` takes the hook off again."""

    def __init__(self, hooks, hook):
        self.hooks = hooks
        hooks[self] = hook

    def remove(self):
        self.hooks.pop(self, None)


class Hooked:
    """Stands in the place of a node's receiver: lets the hooks see the gradient, and replace it, on its way."""

    def __init__(self, receiver):
        self.receiver, self.hooks = receiver, {}

    def __call__(self):
        return self.receiver and self.receiver()

    def run(self, g):
        for hook in list(self.hooks.values()):
            replaced = hook(g if isinstance(g, Tensor) else wrap(g))
            if replaced is None:
                continue
            if not isinstance(replaced, Tensor):
                raise TypeError(f"a gradient hook must return a Tensor or None, not {type(replaced).__name__}")
            if (replaced.shape, replaced.dtype) != (g.shape, g.dtype):
                raise RuntimeError(
                    f"a gradient hook turned a gradient of shape {g.shape} and {g.dtype} into one of "
                    f"{replaced.shape} and {replaced.dtype}"
                )
            g = replaced if isinstance(g, Tensor) else replaced._array
        return g


def register_hook(self, hook):
    """Call `hook(grad)` whenever a backward has this tensor's gradient; what it returns, unless None, replaces it.

    Gives a handle whose `remove()` takes the hook off. RuntimeError for a tensor that does not require grad.

    >>> import minigrad as mg
    >>> x = mg.ones(2, requires_grad=True)
    >>> handle = x.register_hook(lambda grad: grad * 10)
    >>> x.sum().backward()
    >>> x.grad
    tensor([10., 10.])
    """
    if self._node is None:
        raise RuntimeError("register_hook() on a tensor that does not require grad")
    if not isinstance(self._node.receiver, Hooked):
        self._node.receiver = Hooked(self._node.receiver)
    return HookHandle(self._node.receiver.hooks, hook)


def retain_grad(self):
    """Ask `backward` to fill `.grad` although this tensor is no leaf. RuntimeError if it requires no grad."""
    if self._node is None:
        raise RuntimeError("retain_grad() on a tensor that does not require grad")
    if isinstance(self._node.receiver, Hooked):
        self._node.receiver.receiver = weakref.ref(self)
    else:
        self._node.receiver = weakref.ref(self)
