"""The decorator by which the packages around the core extend its classes."""

import inspect

OF_EVERY_CLASS = {
    "__module__",
    "__qualname__",
    "__doc__",
    "__dict__",
    "__weakref__",
    "__firstlineno__",
}


def extends(core_class):
    """Decorate a class whose methods are added to `core_class`; the name then means `core_class`.

    So `nn.Module` is the core's Module, which itself has only what a training step needs, and can
    do what PyTorch's can.
    """

    def add(extension):
        for base in reversed(extension.__mro__):
            if base not in core_class.__mro__:
                for name, value in vars(base).items():
                    if name not in OF_EVERY_CLASS:
                        if inspect.isfunction(value):  # Python's errors call it so
                            value.__qualname__ = f"{core_class.__name__}.{name}"
                        setattr(core_class, name, value)
        return core_class

    return add
