"""What comes of empty tensors: the shape and the dtype that PyTorch gives, for every public function and method.

Each is called in many forms; those that fit it are compared.
"""

import inspect

import pytest

import minigrad as mg

from .comparing import torch

SHAPES = [(0,), (0, 3), (2, 0, 3)]
DTYPES = ["float64", "int64"]
FORMS = """
    x | x, y | x, 0 | x, 1 | x, -1 | x, 2 | x, 2.5 | x, (0,) | [x, y] | x, 0, i | x, 0, i, x | b, x, y | x, x, x |
    x, b | x, 1, 0 | x, b, 2 | i, f | x, x, 0.5 | x, dim=0 | x, dim=-1, keepdim=True | x, i |
    i, 5 | x, y, reduction="sum" | x, i, True
"""
METHODS = " | 0 | -1 | x | 2 | 2.5 | 0, 0 | b | b, 2 | 0, i | (0,) | dim=0 | dim=-1, keepdim=True"
# PyTorch counts an axis of length 0 as one of length 1, and conv1d of no channels gives none whatever the weight.
WITHOUT = {"stride", "conv1d"}
STATES = ("seed", "rng_state", "set_", "default", "save", "load", "is_grad", "backward")


def shared(ours, theirs):
    names = [n for n in dir(ours) if hasattr(theirs, n) and n not in WITHOUT and not any(s in n for s in STATES)]
    return [n for n in names if inspect.isroutine(getattr(ours, n)) and (n[0] != "_" or n in OPERATORS)]


OPERATORS = "__add__ __radd__ __sub__ __mul__ __truediv__ __floordiv__ __mod__ __pow__ __matmul__ __eq__ __lt__".split()
OPERATORS += "__neg__ __abs__ __invert__ __and__ __or__ __getitem__".split()

CALLS = [f"m.{n}({form.strip()})" for n in shared(mg, torch) for form in FORMS.split("|")]
CALLS += [
    f"m.nn.functional.{n}({form.strip()})"
    for n in shared(mg.nn.functional, torch.nn.functional)
    for form in FORMS.split("|")
]
CALLS += [f"x.{n}({form.strip()})" for n in shared(mg.Tensor, torch.Tensor) for form in METHODS.split("|")]


def outcome(m, call, shape, dtype):
    x, y = [m.ones(shape, dtype=getattr(m, dtype)) for _ in range(2)]
    i, f, b = [m.zeros(shape, dtype=each) for each in (m.int64, m.float32, m.bool)]
    try:
        return eval(call, {"m": m, "x": x, "y": y, "i": i, "f": f, "b": b})
    except Exception:
        return None


def described(result, kind):
    if isinstance(result, kind):
        return tuple(result.shape), str(result.dtype).removeprefix("torch.")
    return [described(part, kind) for part in result] if isinstance(result, (tuple, list)) else type(result).__name__


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_and_dtypes(shape, dtype):
    compared, found = 0, []
    for call in CALLS:
        ours = outcome(mg, call, shape, dtype)
        theirs = None if ours is None else outcome(torch, call, shape, dtype)
        if theirs is not None:
            compared += 1
            if described(ours, mg.Tensor) != described(theirs, torch.Tensor):
                found.append(f"{call}: {described(ours, mg.Tensor)}, not {described(theirs, torch.Tensor)}")
    assert not found, "\n".join(found)
    assert compared > 300
