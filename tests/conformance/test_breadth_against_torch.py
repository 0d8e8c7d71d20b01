"""Limits of dtypes, print options, and operations of courses: what PyTorch gives."""

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")


def outcome(m, use):
    try:
        return str(use(m)).replace("minigrad.", "").replace("torch.", "")
    except Exception as error:
        return type(error)


def test_limits():
    for dtype in ("float32", "float64", "uint8", "int32", "int64", "bool"):
        for kind in ("finfo", "iinfo"):
            ours, theirs = [outcome(m, lambda m: getattr(m, kind)(getattr(m, dtype))) for m in (mg, torch)]
            assert ours == theirs
            names = "bits min max dtype" + " resolution eps tiny smallest_normal" * (kind == "finfo")
            for name in names.split() if isinstance(ours, str) else ():
                a, b = [getattr(getattr(m, kind)(getattr(m, dtype)), name) for m in (mg, torch)]
                assert type(a) is type(b) and a == b, name


OPTIONS = [
    {},
    {"precision": 2},
    {"sci_mode": True},
    {"sci_mode": False, "precision": 6},
    {"threshold": 5},
    {"threshold": 5, "edgeitems": 1},
    {"threshold": 5, "edgeitems": 0},
    {"linewidth": 30},
    {"linewidth": 1},
    {"profile": "short"},
    {"profile": "full", "linewidth": 120},
    {"profile": "short", "precision": 7},
]
SHAPES = [(), (1,), (2,), (7,), (40,), (3, 4), (9, 9), (2, 3, 8), (8, 1, 1, 2), (0,), (2, 0)]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_print_options(options):
    rng = np.random.default_rng(0)
    try:
        for m in (mg, torch):
            m.set_printoptions(profile="default")
            m.set_printoptions(**options)
        for shape in SHAPES:
            for scale in (1, 1e-5, 1e5, 1e9):
                values = rng.normal(size=shape) * scale
                special = np.where(rng.random(shape) < 0.3, [np.nan, np.inf, -np.inf, 0.0][rng.integers(4)], values)
                for x in (values, special, np.round(values), values.astype(int), values > 0):
                    kind = "float32" if x.dtype == np.float64 else str(x.dtype)
                    ours, theirs = [repr(m.tensor(np.asarray(x), dtype=getattr(m, kind))) for m in (mg, torch)]
                    assert ours == theirs.replace("torch.", "")
    finally:
        for m in (mg, torch):
            m.set_printoptions(profile="default")
    assert repr(mg.tensor(1.23456)) == "tensor(1.2346)"


I = [2, 0, 2]  # noqa: E741
CALLS = {
    "median": lambda m, x: m.median(x),
    "median dim": lambda m, x: x.median(1),
    "median keepdim": lambda m, x: m.median(x, dim=0, keepdim=True),
    "median no dim": lambda m, x: m.median(x, keepdim=True),
    "median bool": lambda m, x: (x > 0).median(),
    "median empty": lambda m, x: m.zeros(0).median(),
    "median empty dim": lambda m, x: m.zeros(2, 0).median(1),
    "median no rows": lambda m, x: m.zeros(2, 0).median(0).values,
    "median nan": lambda m, x: m.tensor([3.0, 1, float("nan"), float("nan")]).median(0),
    "median of one": lambda m, x: m.tensor(3.0).median(0),
    "cumprod zeros": lambda m, x: m.cumprod(x * m.tensor([1.0, 0, 2, 0], dtype=x.dtype), 1),
    "cumprod bool": lambda m, x: (x > 0).cumprod(0),
    "cumprod dtype": lambda m, x: x.cumprod(-1, dtype=m.float32),
    "cumprod no axis": lambda m, x: x.cumprod(2),
    "logaddexp": lambda m, x: m.logaddexp(x, x[0] * 300),
    "logaddexp ints": lambda m, x: m.logaddexp(x.long(), x.long()),
    "logaddexp number": lambda m, x: m.logaddexp(x, 2.0),
    "clip": lambda m, x: m.clip(x, -0.5, max=0.5),
    "clip none": lambda m, x: x.clip(),
    "ravel": lambda m, x: x.T.ravel() * m.ravel(x),
    "moveaxis": lambda m, x: m.moveaxis(x[None], (0, 2), (1, 0)),
    "index_add": lambda m, x: m.index_add(x, 0, m.tensor(I), x * 2),
    "index_add dim": lambda m, x: x.index_add(1, m.tensor(I, dtype=m.int32), x[:, :3], alpha=0.5),
    "index_add 0-d": lambda m, x: x[0, 0].index_add(0, m.tensor(0), x[1, 1]),
    "index_add range": lambda m, x: x.index_add(0, m.tensor([3]), x[:1]),
    "index_add negative": lambda m, x: x.index_add(0, m.tensor([-1]), x[:1]),
    "index_add matrix": lambda m, x: x.index_add(0, m.tensor([[0]]), x[:1]),
    "index_add number": lambda m, x: x.index_add(0, m.tensor([0]), x[:2]),
    "index_add shape": lambda m, x: x.index_add(0, m.tensor([0]), x[:1, :1]),
    "index_add dtype": lambda m, x: x.index_add(0, m.tensor([0]), x[:1].float()),
    "index_add index": lambda m, x: x.index_add(0, m.tensor([0.0]), x[:1]),
    "index_add none": lambda m, x: x.index_add(0, m.zeros(0, dtype=m.int64), x[:0]),
    "index_fill": lambda m, x: m.index_fill(x, 1, m.tensor([-1, 0]), 2),
    "index_fill tensor": lambda m, x: x.index_fill(0, m.tensor(1), m.tensor(3)),
    "index_fill 0-d": lambda m, x: x[0, 0].index_fill(0, m.tensor([0]), 3),
    "index_fill range": lambda m, x: x.index_fill(0, m.tensor([3]), 3),
    "index_fill int32": lambda m, x: x.index_fill(0, m.tensor([0], dtype=m.int32), 3),
    "index_fill matrix": lambda m, x: x.index_fill(0, m.tensor([[0]]), 3),
    "index_fill axes": lambda m, x: x.index_fill(0, m.tensor([0]), m.ones(1)),
    "index_fill text": lambda m, x: x.index_fill(0, m.tensor([0]), "a"),
    "index_fill_": lambda m, x: (x * 1).index_fill_(0, m.tensor(I), -1) * x,
    "index_add_": lambda m, x: (x * 1).index_add_(0, m.tensor(I), x) * x,
    "clip_": lambda m, x: (x * 1).clip_(-0.5) * x,
    "unsqueeze_": lambda m, x: (x * x).unsqueeze_(1) * x,
    "squeeze_": lambda m, x: (x * x)[None].squeeze_(0) * x,
    "transpose_": lambda m, x: (x * x).transpose_(0, 1),
    "t_": lambda m, x: (x * x).t_() @ x,
    "t_ of three": lambda m, x: (x * x)[None].t_(),
    "a leaf": lambda m, x: m.ones(2, requires_grad=True).unsqueeze_(0),
    "view of a leaf": lambda m, x: m.ones(2, requires_grad=True)[None].squeeze_(),
    "then a write": lambda m, x: written(m, x),
}


def written(m, x):
    y = x * 1
    part = y[1:]
    y.t_()
    y[0] = 5
    y.mul_(2)
    return m.cat([part.ravel(), y.ravel()])


def result(m, call, values):
    x = m.tensor(values, requires_grad=True)
    try:
        out = call(m, x)
    except Exception as error:
        return type(error)
    parts = list(out) if isinstance(out, tuple) else [out]
    found = [(str(p.dtype).replace("torch.", ""), tuple(p.shape), p.detach().numpy()) for p in parts]
    if parts[0].requires_grad:
        (g,) = m.autograd.grad((parts[0] ** 2).sum(), x, create_graph=True)
        found += [("g", (), g.detach().numpy()), ("h", (), m.autograd.grad((g**2).sum(), x)[0].numpy())]
    return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CALLS)
def test_operations(name):
    values = np.random.default_rng(1).normal(size=(3, 4))
    ours, theirs = [result(m, CALLS[name], values) for m in (mg, torch)]
    if isinstance(theirs, type):
        assert isinstance(ours, type) and issubclass(ours, theirs)
        return
    assert not isinstance(ours, type), ours
    assert [p[:2] for p in ours] == [p[:2] for p in theirs]
    tolerance = 1e-6 if ours[0][0] == "float32" else 1e-10
    for mine, right in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine[2], right[2], rtol=tolerance, atol=1e-12)


@pytest.mark.parametrize("name", "log10 tan asin acos atan sinh cosh".split())
def test_functions(name):
    values = np.linspace(0.05, 0.9, 12).reshape(3, 4)
    ours, theirs = [result(m, lambda m, x: getattr(m, name)(x), values) for m in (mg, torch)]
    for mine, right in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine[2], right[2], rtol=1e-10)
    assert getattr(mg.tensor([1]), name)().dtype == mg.float32
