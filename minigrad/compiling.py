"""`compile`, as PyTorch's back end "eager" does it."""

from .absent import refuse


def compile(
    model=None, *, fullgraph=False, dynamic=None, backend=None, mode=None, options=None, name=None,
    disable=False, recompile_limit=None, isolate_recompiles=False, shapes_spec=None
):  # fmt: skip
    """Return the model or function itself: minigrad does not compile, and no option changes that.

    Without one, return the decorator that does so. AssertionError unless it can be called,
    NotImplementedError for a function as `backend`, RuntimeError for `mode` and `options` at once.
    """
    if mode is not None and options is not None:
        raise RuntimeError("compile(): give either mode or options, not both")
    if callable(backend):
        refuse("compile", f"backend={backend!r}", "the function itself is what runs")
    if model is None:
        return compile
    if not callable(model):
        raise AssertionError(f"compile(): expected a function, not {type(model).__name__}")
    return model
