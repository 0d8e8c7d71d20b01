"""Strides, what gives back the tensor itself, and tensors as sequences: as PyTorch's."""

import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

from .comparing import difference  # noqa: E402

STRIDES = {
    "new axes": lambda m: m.ones(5).expand(1, 1, 5),
    "same size": lambda m: m.ones(1, 5).expand(1, 5),
    "before": lambda m: m.ones(5).expand(2, 1, 5),
    "last": lambda m: m.ones(5, 1).expand(2, 5, 1),
    "transposed": lambda m: m.ones(2, 3).t().expand(1, 3, 2),
    "between": lambda m: m.ones(1, 1).expand(1, 4, 1),
    "None": lambda m: m.ones(2, 3)[None],
    "None within": lambda m: m.ones(2, 3)[:, None],
    "None last": lambda m: m.ones(2, 3)[..., None],
    "None of T": lambda m: m.ones(2, 3).t()[None],
    "no rows": lambda m: m.zeros(0, 3),
    "no columns": lambda m: m.zeros(2, 0),
    "empty": lambda m: m.zeros(2, 0, 3),
    "steps": lambda m: m.ones(4, 6)[::3, ::5],
    "diagonal": lambda m: m.ones(2, 3, 4).diagonal(0, 1, 2),
    "cat of T": lambda m: m.cat([m.ones(2, 3).T] * 2),
}
ITSELF = {
    "flatten of one axis": lambda m, x: x.flatten(1, 1),
    "Flatten of a matrix": lambda m, x: m.nn.Flatten(1)(x),
    "contiguous": lambda m, x: x.contiguous(),
    "to": lambda m, x: x.to(m.float32),
    "float": lambda m, x: x.float(),
    "cpu": lambda m, x: x.cpu(),
    "reshape": lambda m, x: x.reshape(2, 3),
    "expand": lambda m, x: x.expand(2, 3),
    "squeeze": lambda m, x: x.squeeze(),
    "x[:]": lambda m, x: x[:],
    "clone": lambda m, x: x.clone(),
    "detach": lambda m, x: x.detach(),
}
SEQUENCES = {
    "reversed vector": lambda m: reversed(m.arange(3.0)),
    "reversed matrix": lambda m: reversed(m.arange(6.0).reshape(2, 3)),
    "reversed number": lambda m: reversed(m.tensor(1.0)),
    "reversed empty": lambda m: reversed(m.zeros(0, 3)),
    "number in": lambda m: 2 in m.arange(3),
    "tensor in": lambda m: m.tensor(5) in m.arange(3),
    "str in": lambda m: "a" in m.arange(3),
    "None in": lambda m: None in m.arange(3),
    "list in": lambda m: [1] in m.arange(3),
    "len of a number": lambda m: len(m.tensor(1)),
    "list of a number": lambda m: list(m.tensor(1)),
    "list": lambda m: list(m.arange(3)),
    "detach_ of a view": lambda m: m.ones(3)[:2].detach_(),
}


@pytest.mark.parametrize("name", STRIDES)
def test_strides(name):
    ours, theirs = STRIDES[name](mg), STRIDES[name](torch)
    assert ours.stride() == theirs.stride()
    assert ours.is_contiguous() == theirs.is_contiguous()


@pytest.mark.parametrize("name", ITSELF)
def test_what_gives_the_tensor_itself(name):
    ours, theirs = mg.ones(2, 3), torch.ones(2, 3)
    assert (ITSELF[name](mg, ours) is ours) == (ITSELF[name](torch, theirs) is theirs)


def outcome(m, name):
    try:
        return SEQUENCES[name](m)
    except Exception as error:
        return error


@pytest.mark.parametrize("name", SEQUENCES)
def test_tensors_as_sequences(name):
    expected, got = outcome(torch, name), outcome(mg, name)
    if isinstance(expected, Exception):
        assert isinstance(got, type(expected))
    else:
        assert difference(got, expected, 0) is None
