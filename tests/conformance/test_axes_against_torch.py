"""What names an axis, a size or a number of steps: PyTorch's result, or its type of error."""

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

from .comparing import difference  # noqa: E402

WAYS = {
    "np.int64": lambda m: np.int64(1),
    "np.int32": lambda m: np.int32(1),
    "np.uint8": lambda m: np.uint8(1),
    "0-d tensor": lambda m: m.tensor(1),
    "0-d int32": lambda m: m.tensor(1, dtype=m.int32),
    "0-d float": lambda m: m.tensor(1.0),
    "float": lambda m: 1.0,
    "np.float64": lambda m: np.float64(1),
    "np.bool": lambda m: np.bool_(True),
    "ndarray": lambda m: np.array([1]),
    "list": lambda m: [1],
    "tuple": lambda m: (1,),
    "list of np.int64": lambda m: [np.int64(1)],
    "list of floats": lambda m: [1.0],
    "list of bools": lambda m: [True],
    "str": lambda m: "a",
    "slice": lambda m: slice(1),
    "set": lambda m: {1},
    "two": lambda m: (0, np.int64(1)),
    "none": lambda m: (),
}
REDUCING = """
    sum mean var std prod cumsum any all softmax log_softmax max min amax amin argmax argmin sort
    argsort count_nonzero unbind squeeze unsqueeze
""".split()
TAKING = {
    "cat": lambda m, x, n: m.cat([x, x], n),
    "stack": lambda m, x, n: m.stack([x, x], n),
    "transpose": lambda m, x, n: m.transpose(x, 0, n),
    "swapaxes": lambda m, x, n: x.swapaxes(n, 0),
    "movedim": lambda m, x, n: m.movedim(x, 0, n),
    "movedim from": lambda m, x, n: x.movedim(n, 0),
    "flip": lambda m, x, n: x.flip(n),
    "roll": lambda m, x, n: m.roll(x, 1, n),
    "roll by": lambda m, x, n: m.roll(x, n),
    "roll by along": lambda m, x, n: x.roll(n, 1),
    "permute": lambda m, x, n: m.permute(x, (n, 0)),
    "flatten": lambda m, x, n: x.flatten(n),
    "flatten to": lambda m, x, n: m.flatten(x, 0, n),
    "unflatten": lambda m, x, n: m.unflatten(x, n, (1, 3)),
    "gather": lambda m, x, n: m.gather(x, n, m.tensor([[0]])),
    "scatter": lambda m, x, n: m.scatter(x, n, m.tensor([[0]]), x),
    "scatter_add": lambda m, x, n: m.scatter_add(x, n, m.tensor([[0]]), x),
    "index_select": lambda m, x, n: m.index_select(x, n, m.tensor([0])),
    "narrow": lambda m, x, n: m.narrow(x, n, 0, 1),
    "narrow length": lambda m, x, n: m.narrow(x, 0, 0, n),
    "split": lambda m, x, n: m.split(x, 1, n),
    "chunk": lambda m, x, n: m.chunk(x, 2, n),
    "chunks": lambda m, x, n: m.chunk(x, n),
    "repeat_interleave": lambda m, x, n: m.repeat_interleave(x, 2, n),
    "topk": lambda m, x, n: m.topk(x, 1, n),
    "topk k": lambda m, x, n: m.topk(x, n),
    "diagonal": lambda m, x, n: m.diagonal(x, 0, 0, n),
    "diagonal offset": lambda m, x, n: x.diagonal(n),
    "diag": lambda m, x, n: m.diag(x, n),
    "tril": lambda m, x, n: m.tril(x, n),
    "triu": lambda m, x, n: x.triu(n),
    "size": lambda m, x, n: x.size(n),
    "stride": lambda m, x, n: x.stride(n),
    "norm": lambda m, x, n: x.norm(2, n),
    "sum dim=": lambda m, x, n: x.sum(dim=n, keepdim=True),
    "F.softmax": lambda m, x, n: m.nn.functional.softmax(x, n),
    "nn.LogSoftmax": lambda m, x, n: m.nn.LogSoftmax(n)(x),
    "nn.Flatten": lambda m, x, n: m.nn.Flatten(n)(x),
    "F.normalize": lambda m, x, n: m.nn.functional.normalize(x, dim=n),
    "reshape": lambda m, x, n: x.reshape(6, n),
    "view": lambda m, x, n: x.view(n, 6),
    "expand": lambda m, x, n: x.expand(n, 2, 3),
    "repeat": lambda m, x, n: x.repeat(1, n),
}
TAKING.update({name: lambda m, x, n, name=name: getattr(m, name)(x, n) for name in REDUCING})


def outcome(m, name, way):
    try:
        return TAKING[name](m, m.tensor([[1.0, 2.0, 3.0], [4.0, 6.0, 5.0]]), WAYS[way](m))
    except Exception as error:
        return error


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TAKING)
def test_what_names_an_axis(name):
    found = []
    for way in WAYS:
        expected, got = outcome(torch, name, way), outcome(mg, name, way)
        if isinstance(expected, Exception):
            same = isinstance(got, type(expected))
        else:
            same = difference(got, expected, 1e-6) is None
        if not same:
            found.append(f"{way}: {got!r} instead of {expected!r}")
    assert not found, "\n".join(found)


def test_the_error_names_the_function_and_what_came():
    with pytest.raises(TypeError, match=r"softmax\(\): dim must be an integer, not 1.5"):
        mg.ones(2).softmax(1.5)
