"""Every way to write into a tensor, for every pair of dtypes: PyTorch's values or error."""

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore")

DTYPES = ["bool", "uint8", "int32", "int64", "float32", "float64"]
SIZES = [(), (1,), (2,), (1, 2), (3,)]
NUMBERS = [True, 0, 1, 1.7, -1, 300, float("nan"), float("inf"), np.int64(1), np.float64(1.7)]


def ones(size, dtype):
    return lambda m: m.ones(size, dtype=getattr(m, dtype))


def itself(value):
    return lambda m: value


VALUES = {f"{dtype} {size}": ones(size, dtype) for dtype in DTYPES for size in SIZES}
VALUES.update({repr(number): itself(number) for number in NUMBERS})
NO_NUMBERS = {repr(x): itself(x) for x in (None, "a", [1, 2], (1.0, 2.0), np.array([1.0, 2.0]))}


def assigned(index):
    def write(m, x, value):
        x[index(m)] = value
        return x

    return write


def method(name, *first):
    def write(m, x, value):
        return getattr(x, name)(*[part(m) if callable(part) else part for part in first], value)

    return write


def both(m):
    return m.tensor([0, 1])


FORMS = {
    "slice": assigned(lambda m: slice(None)),
    "...": assigned(lambda m: ...),
    "integer": assigned(lambda m: 0),
    "None": assigned(lambda m: None),
    "list": assigned(lambda m: [1, 0]),
    "tensor": assigned(both),
    "0-d tensor": assigned(lambda m: m.tensor(1)),
    "None and tensor": assigned(lambda m: (None, both(m))),
    "full mask": assigned(lambda m: m.tensor([True, True])),
    "mask": assigned(lambda m: m.tensor([True, False])),
    "list mask": assigned(lambda m: [False, True]),
    "empty mask": assigned(lambda m: m.tensor([False, False])),
    "True": assigned(lambda m: True),
    "tensor True": assigned(lambda m: m.tensor(True)),
    "False": assigned(lambda m: False),
    "fill_": method("fill_"),
    "copy_": method("copy_"),
    "masked_fill_": method("masked_fill_", lambda m: m.tensor([True, False])),
    "scatter_": method("scatter_", 0, both),
    "scatter_add_": method("scatter_add_", 0, both),
}  # fmt: skip
ARITHMETIC = """
    __iadd__ __imul__ __itruediv__ __ifloordiv__ __iand__ __ior__ __ixor__ add_ mul_ div_
""".split()
FORMS.update({name: method(name) for name in ARITHMETIC})


def outcome(m, form, dtype, make):
    x = m.tensor([1, 0]).to(getattr(m, dtype))
    try:
        FORMS[form](m, x, make(m))
    except Exception as error:
        return error
    return str(x.dtype).removeprefix("torch."), str(x.tolist())


def refused_on_purpose(form, dtype, name):
    """-1 as a byte is 255 in PyTorch, and copy_ takes a number."""
    return (dtype == "uint8" and name == "-1") or (form == "copy_" and name in map(repr, NUMBERS))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", FORMS)
def test_writing(form, dtype):
    found = []
    for name, make in (VALUES if form in ARITHMETIC else VALUES | NO_NUMBERS).items():
        expected, got = outcome(torch, form, dtype, make), outcome(mg, form, dtype, make)
        if isinstance(expected, Exception):
            same = isinstance(got, type(expected))
        else:
            same = got == expected
        if not same and not (isinstance(got, Exception) and refused_on_purpose(form, dtype, name)):
            found.append(f"{name}: {got!r} instead of {expected!r}")
    assert not found, "\n".join(found)
