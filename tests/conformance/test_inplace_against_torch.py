"""Random programs of views and in-place writes: the gradient is PyTorch's, or both refuse."""

import random

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

MAKERS = {
    "view 0": lambda m, x: x[0],
    "slice": lambda m, x: x[..., 1:],
    "T": lambda m, x: x.transpose(0, -1),
    "reshape": lambda m, x: x.reshape(-1),
    "unsqueeze": lambda m, x: x.unsqueeze(0),
    "narrow": lambda m, x: m.narrow(x, 0, 0, 1),
    "diagonal": lambda m, x: x.reshape(1, -1).diagonal(),
    "index": lambda m, x: x[[0]],
    "times": lambda m, x: x * 1.5,
    "plus": lambda m, x: x + 1,
    "exp": lambda m, x: m.exp(x * 0.1),
    "square": lambda m, x: x * x,
    "detach": lambda m, x: x.detach(),
    "clone": lambda m, x: x.clone(),
}
WRITERS = {
    "mul_": lambda m, x, w: x.mul_(w),
    "add_": lambda m, x, w: x.add_(w, alpha=2),
    "sub number": lambda m, x, w: x.sub_(1),
    "mul number": lambda m, x, w: x.mul_(3),
    "div_": lambda m, x, w: x.div_(w),
    "exp_": lambda m, x, w: x.exp_(),
    "sigmoid_": lambda m, x, w: x.sigmoid_(),
    "clamp_": lambda m, x, w: x.clamp_(-1, 1),
    "zero_": lambda m, x, w: x.zero_(),
    "fill_": lambda m, x, w: x.fill_(2),
    "copy_": lambda m, x, w: x.copy_(w * 2),
    "masked_fill_": lambda m, x, w: x.masked_fill_(x > 1, 0.5),
    "set first": lambda m, x, w: x.__setitem__(0, w),
    "set slice": lambda m, x, w: x.__setitem__((..., slice(1, None)), w * w),
    "set mask": lambda m, x, w: x.__setitem__(x > 0, 0.25),
    "iadd first": lambda m, x, w: x.__setitem__(0, x[0].__iadd__(w)),
    "no_grad": lambda m, x, w: no_grad_add(m, x),
}


def no_grad_add(m, x):
    with m.no_grad():
        x.add_(1)


def run(m, seed):
    """The gradients of a random program, or the error that refused it."""
    choose = random.Random(seed)
    rng = np.random.default_rng(seed)
    x = m.tensor(rng.uniform(0.5, 1.5, (2, 3)))
    w = m.tensor(rng.uniform(0.5, 1.5, ()))
    if choose.random() < 0.8:
        x.requires_grad_()
    w.requires_grad_()
    known = [x, x * 2]
    try:
        for _ in range(choose.randint(2, 9)):
            tensor = choose.choice(known[1:])
            if choose.random() < 0.5:
                known.append(MAKERS[choose.choice(list(MAKERS))](m, tensor))
            else:
                WRITERS[choose.choice(list(WRITERS))](m, tensor, w)
        loss = sum((t * (i + 1)).sum() for i, t in enumerate(known))
        loss.backward()
    except (RuntimeError, IndexError) as error:
        return error, [t.detach().numpy() for t in known]
    return [None if t.grad is None else t.grad.numpy() for t in (x, w)], [t.detach().numpy() for t in known]


# A view of a base whose history was cut by fill_() counts in PyTorch as a leaf, which then may not be written to.
# Here it has the base's history, as every other view.
PYTORCH_ALONE = "a leaf Variable that requires grad"


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@pytest.mark.parametrize("seed", range(500))
def test_random_programs(seed):
    expected, expected_values = run(torch, seed)
    got, values = run(mg, seed)
    if isinstance(expected, Exception):
        assert isinstance(got, type(expected)) or PYTORCH_ALONE in str(expected)
        return
    assert not isinstance(got, Exception)
    for ours, theirs in zip(values, expected_values, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    for ours, theirs in zip(got, expected, strict=True):
        assert (ours is None) == (theirs is None)
        if theirs is not None:
            np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-11)


VIEWS = {
    "all": lambda y: y,
    "same": lambda y: y[:],
    "first rows": lambda y: y[:-1],
    "last rows": lambda y: y[1:],
    "row": lambda y: y[0],
    "last row": lambda y: y[2],
    "left": lambda y: y[:, :2],
    "right": lambda y: y[:, 1:],
    "column": lambda y: y[:, 1],
    "narrow column": lambda y: y[:, :1],
    "transposed": lambda y: y.T,
    "one": lambda y: y[0, 0],
    "every other": lambda y: y[::2],
    "flat": lambda y: y.reshape(-1)[:3],
    "repeated": lambda y: y[:1].expand(3, 3),
    "with an axis": lambda y: y[None],
    "diagonal": lambda y: y.diagonal(),
    "data": lambda y: y.data,
    "copy": lambda y: y.clone(),
}
OVERLAPPING = {
    "iadd": lambda m, x, y: x.__iadd__(y),
    "imul": lambda m, x, y: x.__imul__(y),
    "sub_": lambda m, x, y: x.sub_(y),
    "div_": lambda m, x, y: x.div_(y),
    "copy_": lambda m, x, y: x.copy_(y),
    "lerp_": lambda m, x, y: x.lerp_(y, 0.5),
    "addcmul_": lambda m, x, y: x.addcmul_(y, y),
    "clamp_": lambda m, x, y: x.clamp_(min=y),
    "fill_": lambda m, x, y: x.fill_(y),
    "masked_fill_": lambda m, x, y: x.masked_fill_(x > 1, y),
    "set slice": lambda m, x, y: x.__setitem__(slice(None), y),
    "set ...": lambda m, x, y: x.__setitem__(..., y),
    "set first": lambda m, x, y: x.__setitem__(0, y),
    "set list": lambda m, x, y: x.__setitem__([0], y),
    "set mask": lambda m, x, y: x.__setitem__(x > 4, y),
    "scatter_": lambda m, x, y: x.ndim == y.ndim and x.scatter_(0, (x * 0).long()[:1], y),
    "scatter_add_": lambda m, x, y: x.ndim == y.ndim and x.scatter_add_(0, (x * 0).long()[:1], y),
}


def overlap(m, write, target, operand):
    """The memory that was written to, or the error; and whether the operand lies in it as well."""
    y = m.arange(1.0, 10.0).reshape(3, 3)
    x, other = VIEWS[target](y), VIEWS[operand](y)
    a, b = x.numpy(), other.numpy()
    shared = np.shares_memory(a, b)
    try:
        OVERLAPPING[write](m, x, other)
    except Exception as error:
        return error, shared
    return y.tolist(), shared


@pytest.mark.parametrize("target", [name for name in VIEWS if name not in ("repeated", "copy")])
@pytest.mark.parametrize("write", OVERLAPPING)
def test_operands_in_the_memory_that_is_written_to(write, target):
    found = []
    for operand in VIEWS:
        expected, _ = overlap(torch, write, target, operand)
        got, shared = overlap(mg, write, target, operand)
        refused = isinstance(expected, Exception)
        same = isinstance(got, type(expected)) if refused else got == expected
        # where PyTorch does not see the overlap its values depend on the order of the writes
        if not same and not (shared and isinstance(got, RuntimeError)):
            found.append(f"{target} {write} {operand}: {got!r} instead of {expected!r}")
    assert not found, "\n".join(found)


def test_what_stands_for_several_elements_is_not_written_to():
    for change in (lambda x: x.add_(1), lambda x: x.__setitem__(..., 1), lambda x: x.copy_(x + 1)):
        with pytest.raises(RuntimeError):
            change(torch.ones(3).expand(2, 3))
        with pytest.raises(RuntimeError, match="share one place in memory"):
            change(mg.ones(3).expand(2, 3))


@pytest.mark.parametrize("write", "iadd imul sub_ div_ copy_ lerp_ clamp_ addcmul_".split())
def test_a_tensor_may_be_its_own_operand(write):
    expected, _ = overlap(torch, write, "all", "data")
    got, _ = overlap(mg, write, "all", "data")
    assert isinstance(got, type(expected)) if isinstance(expected, Exception) else got == expected
