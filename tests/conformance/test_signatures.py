"""Every public name is PyTorch's, with a signature that any call of ours fits, or stands in a list of names of our own.

PyTorch's functions written in C have no signature that Python can read; theirs are the schemas of the operator
registry. Several overloads of one name count together, since here one function serves them all.
"""

import importlib
import inspect
from typing import NamedTuple

import pytest

from . import differences
from .names import MODULES, OUR_OWN, public_names

torch = pytest.importorskip("torch")

# Parameters that are as PyTorch's documentation says, which its schemas do not: "name(parameter)".
AS_DOCUMENTED = {
    "minigrad.nn.functional.one_hot(tensor)": "named self in the schema; by position in both",
    "minigrad.nonzero(as_tuple)": "PyTorch's binding to Python adds it",
    "minigrad.Tensor.nonzero(as_tuple)": "as nonzero",
    "minigrad.nn.functional.avg_pool1d(stride)": "None by PyTorch's documentation",
    "minigrad.nn.functional.avg_pool2d(stride)": "None by PyTorch's documentation",
    "minigrad.Tensor.to(target)": "stands for the first arguments of all overloads",
    "minigrad.Tensor.random_(bounds)": "as to",
}
EXCEPTIONS = differences.PARAMETERS | AS_DOCUMENTED.keys()


class Parameter(NamedTuple):
    name: str
    default: object  # `inspect.Parameter.empty` if there is none
    place: int | None  # None: by keyword only


REQUIRED = inspect.Parameter.empty


def of_python(function, skip):
    """The parameters of a Python function but the first `skip`."""
    parameters = [p for p in inspect.signature(function).parameters.values() if p.kind is not p.VAR_KEYWORD][skip:]
    return [Parameter(p.name, p.default, None if p.kind is p.KEYWORD_ONLY else i) for i, p in enumerate(parameters)]


def takes_anything(function):
    """Whether it is one of PyTorch's functions that sort out *args themselves."""
    try:
        return any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        return False


def of_schemas(name, skip):
    """The parameters of each overload of a native operator: for a method (`skip`) without `self`, else with `input`."""
    overloads = []
    for schema in torch._C._jit_get_schemas_for_operator(f"aten::{name}"):
        parameters = []
        for i, argument in enumerate([a for a in schema.arguments if not (skip and a.name == "self")]):
            default = argument.default_value if argument.has_default_value() else REQUIRED
            given = "input" if argument.name == "self" else argument.name
            parameters.append(Parameter(given, default, None if argument.kwarg_only else i))
        if any(p.name == "pin_memory" for p in parameters):  # a function that makes tensors; Python adds one more
            parameters.append(Parameter("requires_grad", False, None))
        overloads.append(parameters)
    return overloads


def theirs_of(function, name, skip):
    try:
        return [of_python(function, skip)]
    except (ValueError, TypeError):
        return of_schemas(name, skip)


def same_default(ours, theirs):
    if isinstance(theirs, torch.Generator):
        return type(ours).__name__ == "Generator"
    if isinstance(theirs, list):  # one number stands for all axes
        return list(ours) == theirs if isinstance(ours, tuple) else theirs != [] and theirs == [ours] * len(theirs)
    if inspect.isfunction(theirs):
        return ours.__name__ == theirs.__name__
    same_kind = isinstance(ours, bool) == isinstance(theirs, bool)
    return ours is theirs or (same_kind and ours == theirs)


def complaints(name, ours, overloads):
    """What in the parameters of `ours` no overload has."""
    for parameter in ours:
        if f"{name}({parameter.name})" in EXCEPTIONS or (name.endswith(".forward") and parameter.name == "inputs"):
            continue
        namesakes = [p for overload in overloads for p in overload if p.name == parameter.name]
        if not namesakes:
            yield f"{name}: PyTorch has no parameter {parameter.name}"
        elif parameter.place is not None and all(p.place != parameter.place for p in namesakes):
            yield f"{name}: {parameter.name} is not argument {parameter.place} in PyTorch, but {namesakes[0].place}"
        elif any(same_default(parameter.default, p.default) for p in namesakes):
            continue
        elif parameter.default is REQUIRED or (
            len({p.place for p in namesakes}) == 1 and len(namesakes) == len(overloads)
        ):
            yield f"{name}: {parameter.name} is {parameter.default!r} by default, in PyTorch {namesakes[0].default!r}"


def compared(ours, theirs, name, skip=0):
    """All complaints about one public object, and the public members of a class."""
    if inspect.isclass(ours):
        if not inspect.isclass(theirs):
            return
        if ours.__init__ is not object.__init__ and "__init__" in vars(ours):
            overloads = theirs_of(theirs, "", 0)
            if overloads and not takes_anything(theirs):
                yield from complaints(name, of_python(ours, 0), overloads)
        for member, value in vars(ours).items():
            if member.startswith("_") or f"{name}.{member}" in OUR_OWN:
                continue
            if not hasattr(theirs, member):
                yield f"{name}.{member}: PyTorch lacks it"
            elif inspect.isfunction(value):
                yield from compared(value, getattr(theirs, member), f"{name}.{member}", skip=1)
    elif callable(ours) and not takes_anything(theirs):
        leaf = name.rpartition(".")[2]
        overloads = theirs_of(theirs, leaf, skip)
        if overloads:
            yield from complaints(name, of_python(ours, skip), overloads)


@pytest.mark.parametrize("module", MODULES)
def test_public_names(module):
    try:
        ours = importlib.import_module(module)
    except ModuleNotFoundError:
        pytest.skip("not there")
    theirs = importlib.import_module(MODULES[module])
    found = []
    for leaf in public_names(ours):
        name = f"{module}.{leaf}"
        if name in OUR_OWN:
            assert not hasattr(theirs, leaf), f"{name} is a name of PyTorch's"
        elif not hasattr(theirs, leaf):
            found.append(f"{name}: PyTorch lacks it")
        else:
            found.extend(compared(getattr(ours, leaf), getattr(theirs, leaf), name))
    assert not found, "\n".join(found)


def test_the_comparison_finds_what_is_different():
    def sort(input, descending=False, axis=0, *, stable=True):
        pass

    overloads = theirs_of(torch.sort, "sort", 0)
    assert [text.split(":")[1].split()[0] for text in complaints("sort", of_python(sort, 0), overloads)] == [
        "descending",
        "PyTorch",
    ]

    def dropout(input, p=0.4):
        pass

    assert len(list(complaints("dropout", of_python(dropout, 0), [of_python(torch.nn.functional.dropout, 0)]))) == 1
