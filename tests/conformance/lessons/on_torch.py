"""The definitions of a lesson, on minigrad or on PyTorch: the same source, other import lines."""

import ast
import importlib
import types
from pathlib import Path

LESSONS = Path(__file__).resolve().parents[3] / "lessons"


def definitions(stem, on_torch=False, **instead):
    """A module of the lesson's imports, functions and classes, without its cells; `instead` replaces what they use.

    On PyTorch, what the lesson imports from minigrad is PyTorch's, if PyTorch has it.
    """
    tree = ast.parse((LESSONS / f"{stem}.py").read_text(encoding="ascii"))
    imports = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    lesson = types.ModuleType(stem)
    _execute(imports, lesson)
    if on_torch:  # before the classes, which inherit from what was imported
        for node in imports:
            lesson.__dict__.update(_from_torch(node))
    _execute([node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))], lesson)
    lesson.__dict__.update(instead)
    return lesson


def _execute(nodes, module):
    exec(compile(ast.Module(nodes, type_ignores=[]), module.__name__, "exec"), module.__dict__)


def _from_torch(node):
    """What this import line binds, from PyTorch: {name: value}, without what PyTorch lacks."""
    found = {}
    for alias in node.names:
        path = alias.name if isinstance(node, ast.Import) else f"{node.module}.{alias.name}"
        package, *names = path.split(".")
        if package == "minigrad" and names[:1] not in (["plot"], ["lesson"], ["datasets"]):
            value = importlib.import_module("torch")
            for name in names:
                value = getattr(value, name)
            found[alias.asname or alias.name] = value
    return found


class Silent:
    """A `lesson.Run` that shows nothing, for training loops that report to one."""

    def progress(self, total, **_):
        return SilentProgress(range(1, total + 1))


class SilentProgress(list):
    def note(self, **_):
        pass


class InOrder:
    """A DataLoader whose batches come in the order of the data set, as tensors of the library `m`."""

    def __init__(self, m):
        self.m = m

    def __call__(self, dataset, batch_size, shuffle=False):
        columns = [self.m.from_numpy(tensor.numpy()) for tensor in dataset.tensors]
        return [tuple(c[i : i + batch_size] for c in columns) for i in range(0, len(columns[0]), batch_size)]


def datasets(m, *parts):
    """These data sets of minigrad as data sets of the library `m`."""
    return [m.utils.data.TensorDataset(*[m.from_numpy(t.numpy()) for t in part.tensors]) for part in parts]


class Noting:
    """A `lesson.Run` that keeps the training loss of each step in `losses`, and shows nothing."""

    def __init__(self):
        self.losses = []

    def progress(self, total, **_):
        steps = SilentProgress(range(1, total + 1))
        steps.note = lambda train_loss: self.losses.append(train_loss)
        return steps


def start_from(m, model, arrays):
    """The model of the library `m` with its parameters set to these arrays, in order."""
    with m.no_grad():
        for parameter, array in zip(model.parameters(), arrays, strict=True):
            parameter.copy_(m.from_numpy(array))
    return model
