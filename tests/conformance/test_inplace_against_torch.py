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
