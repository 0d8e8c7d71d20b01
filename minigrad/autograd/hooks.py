"""Hooks: callbacks on a gradient, or on a module's input and output."""

import weakref

from ..core import backward
from ..core.tensor import Tensor, wrap


class HookHandle:
    """The result of registering a hook; `remove()`, or the end of a `with`, takes the hook off."""

    def __init__(self, hooks, hook, prepend=False):
        self.hooks = hooks
        later = dict(hooks) if prepend else {}
        for handle in later:
            del hooks[handle]
        hooks[self] = hook
        hooks.update(later)

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.remove()

    def remove(self):
        """Take the hook off; a second time does nothing."""
        self.hooks.pop(self, None)


def run_hooks(node, g):
    """Observe the walk back: return the gradient as the hooks of the node leave it."""
    for hook in list(hooks_of(node).values()):
        replaced = hook(g if isinstance(g, Tensor) else wrap(g))
        if replaced is None:
            continue
        if not isinstance(replaced, Tensor):
            raise TypeError(
                f"a gradient hook must return a Tensor or None, not {type(replaced).__name__}"
            )
        if (replaced.shape, replaced.dtype) != (g.shape, g.dtype):
            raise RuntimeError(
                f"a gradient hook turned a gradient of shape {g.shape} and {g.dtype} into one of "
                f"{replaced.shape} and {replaced.dtype}"
            )
        g = replaced if isinstance(g, Tensor) else replaced._array
    if hooks_of(node) and not isinstance(g, Tensor):
        return g.copy()  # the hooks may keep theirs
    return g


def hooks_of(node):
    return getattr(node, "hooks", {})


def register_hook(self, hook):
    """Call `hook(grad)` whenever a backward has computed this tensor's gradient.

    What the hook returns, unless None, replaces the gradient. Returns a handle whose `remove()`
    takes the hook off. RuntimeError for a tensor that does not require grad.

    >>> import minigrad as mg
    >>> x = mg.ones(2, requires_grad=True)
    >>> handle = x.register_hook(lambda grad: grad * 10)
    >>> x.sum().backward()
    >>> x.grad
    tensor([10., 10.])
    """
    if self._node is None:
        raise RuntimeError("register_hook() on a tensor that does not require grad")
    if not hooks_of(self._node):
        self._node.hooks = {}
    if run_hooks not in backward.on_gradient:  # from the first hook on
        backward.on_gradient.append(run_hooks)
    return HookHandle(self._node.hooks, hook)


def retain_grad(self):
    """Let `backward` fill `.grad` of this tensor even if it is not a leaf.

    RuntimeError if it does not require grad.
    """
    if self._node is None:
        raise RuntimeError("retain_grad() on a tensor that does not require grad")
    self._node.keeper = weakref.ref(self)
