"""The error for a name that minigrad does not have."""

import importlib

PYTORCH = "a program that needs it runs on PyTorch once its import lines are changed"


def getattr_of(owner, namespace, advice=PYTORCH, later=()):
    """Return the `__getattr__` of a module: AttributeError with the nearest names, and `advice`.

    The modules in `later`, which few programs use, are imported when they are asked for. `owner` is
    the module's name, `namespace` its `globals()`:

        __getattr__ = getattr_of("minigrad.nn", globals())
    """

    def __getattr__(name):
        if name in later:
            return importlib.import_module(f"{owner}.{name}")
        if name.startswith("__"):  # Python asks for these by itself
            raise AttributeError(f"{owner} has no {name!r}")
        import difflib  # here: only an error needs it, and it is slow to import

        near = difflib.get_close_matches(
            name, [known for known in (*namespace, *later) if known[0] != "_"]
        )
        question = f"did you mean {' or '.join(map(repr, near))}? If not, " if near else ""
        raise AttributeError(f"{owner} has no {name!r}; {question}{advice}")

    return __getattr__
