"""The error for a name that minigrad does not have."""

PYTORCH = "a program that needs it runs on PyTorch once its import lines are changed"


def getattr_of(owner, namespace, advice=PYTORCH):
    """Return the `__getattr__` of a module: AttributeError with the nearest names, and `advice`.

    `owner` is the module's name, `namespace` its `globals()`:

        __getattr__ = getattr_of("minigrad.nn", globals())
    """

    def __getattr__(name):
        if name.startswith("__"):  # Python asks for these by itself
            raise AttributeError(f"{owner} has no {name!r}")
        import difflib  # here: only an error needs it, and it is slow to import

        near = difflib.get_close_matches(name, [known for known in namespace if known[0] != "_"])
        question = f"did you mean {' or '.join(map(repr, near))}? If not, " if near else ""
        raise AttributeError(f"{owner} has no {name!r}; {question}{advice}")

    return __getattr__
