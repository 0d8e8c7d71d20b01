"""The errors for what PyTorch has and minigrad has not, all in one form."""

import importlib
import sys

PYTORCH = "a program that needs it runs on PyTorch once its import lines are changed"


def words(owner, what, known=(), advice=PYTORCH):
    """Say that `owner` has no `what`, which of the `known` names are near to it, and `advice`.

    `known` is the names, or a class for those of its instances.
    """
    import difflib  # here: only an error needs it, and it is slow to import

    known = dir(known) if isinstance(known, type) else known
    near = difflib.get_close_matches(what, [name for name in known if name[0] != "_"])
    question = f"did you mean {' or '.join(map(repr, near))}? If not, " if near else ""
    return f"{owner} has no {what!r}; {question}{advice}"


class AbsentName(AttributeError):
    """The error for a name; its words, which take long to find, are found when they are read."""

    def __str__(self):
        return words(*self.args)


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
        raise AbsentName(owner, name, (*namespace, *later), advice)

    namespace.setdefault("__path__", [])  # so that `from owner import name` asks the Finder
    return __getattr__


def refuse(function, what, instead=""):
    """Raise NotImplementedError: the function or class has no option or value `what`."""
    text = words(f"{function}()", what)
    raise NotImplementedError(f"{text}; here: {instead}" if instead else text)


class Finder:
    """What `import` asks last: ImportError, with the nearest names, for a path of minigrad's.

    `from minigrad.nn import CTCLoss` loses what a module's `__getattr__` says: Python then puts
    words of its own in its place.
    """

    @staticmethod
    def find_spec(name, path=None, target=None):
        owner, _, leaf = name.rpartition(".")
        if name.startswith("minigrad.") and owner in sys.modules and leaf[:2] != "__":
            raise ImportError(words(owner, leaf, vars(sys.modules[owner])), name=name)


sys.meta_path.append(Finder)
