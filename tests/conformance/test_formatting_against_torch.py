"""Tensors as text and as Python's numbers: what PyTorch gives, but for the names of dtypes and the type of a shape."""

import pytest

import minigrad as mg

from .comparing import torch

VALUES = [0.5, 1.0, -3.25, 1e-10, 1e20, float("nan"), float("inf"), 3, -7, True, False, 0]
SPECS = ["", ".4f", ">8", "d", "e", "g", ".2%", "x", "05", "+", "s", ">12s", "qq", "<3"]
MAKE = {
    "float32": lambda m, v: m.tensor(v, dtype=m.float32),
    "float64": lambda m, v: m.tensor(v, dtype=m.float64),
    "int64": lambda m, v: m.tensor(int(v), dtype=m.int64),
    "int32": lambda m, v: m.tensor(int(v), dtype=m.int32),
    "uint8": lambda m, v: m.tensor(abs(int(v)), dtype=m.uint8),
    "bool": lambda m, v: m.tensor(v, dtype=m.bool),
    "a leaf": lambda m, v: m.tensor(float(v), requires_grad=True),
    "a result": lambda m, v: m.tensor(float(v), requires_grad=True) * 1,
    "a parameter": lambda m, v: m.nn.Parameter(m.tensor(float(v))),
}


def outcome(use, m):
    """What the use gives, as text, or the type of its error."""
    try:
        result = use(m)
    except Exception as error:
        return type(error)
    return str(tuple(result) if isinstance(result, torch.Size) else result).replace("torch.", "")


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("kind", MAKE)
def test_format_of_one_number(kind, spec):
    whole = kind in ("int64", "int32", "uint8")
    for value in VALUES:
        if whole and not -1000 < value < 1000:
            continue
        ours, theirs = [outcome(lambda m: format(MAKE[kind](m, value), spec), m) for m in (mg, torch)]
        assert ours == theirs, value


@pytest.mark.parametrize("shape", [(), (1,), (2,), (0,), (2, 2), (2, 0)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int32", "uint8", "bool"])
def test_conversions(shape, dtype):
    uses = [
        *(format, str, repr, int, float, bool, complex, len, list, hex, round),
        *(lambda x: f"{x:>8}", lambda x: f"{x!r} {x!s} {x}", lambda x: x.item(), lambda x: x.tolist()),
        *(lambda x: [1, 2][x], lambda x: x.size(), lambda x: x.size(0), lambda x: x.size(-1), lambda x: x.size(5)),
        *(lambda x: x.size(1.5), lambda x: x.stride(3), lambda x: x.numel(), lambda x: f"{x.shape}"),
    ]
    for i, use in enumerate(uses):
        for fill in ("ones", "zeros"):
            ours, theirs = [
                outcome(lambda m: use(getattr(m, fill)(*shape, dtype=getattr(m, dtype))), m) for m in (mg, torch)
            ]
            if theirs != f"Size({list(shape)})":
                assert ours == theirs, (i, fill)


def test_print_of_a_loss(capsys):
    for m in (mg, torch):
        loss = (m.ones(3, requires_grad=True) * 0.25).sum()
        print(f"loss {loss} {loss:.3f} {loss:>8.2f}|")
    ours, theirs = capsys.readouterr().out.splitlines()
    assert ours == theirs == "loss 0.75 0.750     0.75|"


def test_the_default_dtype_is_not_printed():
    texts = []
    for m in (mg, torch):
        try:
            m.set_default_dtype(m.float64)
            texts.append(str([m.ones(1), m.ones(1, dtype=m.float32), m.zeros(0)]).replace("torch.", ""))
        finally:
            m.set_default_dtype(m.float32)
    assert texts[0] == texts[1]
