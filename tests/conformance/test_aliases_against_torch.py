"""What shares memory with what, and what backward sees of it: the same results as PyTorch's, or its error."""

import operator

import numpy as np
import pytest

import minigrad as mg

from .outcomes import assert_same, outcome

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore")


# -- Integers have no gradient ---------------------------------------------------------------------

TO_INTEGERS = {
    "long": lambda m, x: x.long(),
    "int": lambda m, x: x.int(),
    "byte": lambda m, x: x.byte(),
    "bool": lambda m, x: x.bool(),
    "to": lambda m, x: x.to(m.int64),
    "type_as": lambda m, x: x.type_as(m.arange(2)),
    "copy_": lambda m, x: m.zeros(2, dtype=m.int64).copy_(x),
    "comparison": lambda m, x: x > 1,
    "floor, then long": lambda m, x: x.floor().long(),
}


@pytest.mark.parametrize("convert", TO_INTEGERS.values(), ids=TO_INTEGERS)
def test_integers_require_no_gradient(convert):
    def program(m):
        x = m.tensor([1.5, 5.25], requires_grad=True)
        whole = convert(m, x)
        (x - whole.float()).sum().backward()
        return whole, whole.requires_grad, whole.numpy(), x.grad

    assert_same(program)


# -- Indices, targets and masks that are overwritten -----------------------------------------------


def weight(m):
    return m.arange(12.0).view(4, 3).clone().requires_grad_()


READING = {
    "x[i]": lambda m, w, i: w[i],
    "x[:, i]": lambda m, w, i: w[:, i],
    "x[i, i]": lambda m, w, i: w[i, i],
    "embedding": lambda m, w, i: m.nn.functional.embedding(i, w),
    "index_select": lambda m, w, i: m.index_select(w, 0, i),
    "gather": lambda m, w, i: m.gather(w, 1, i[:, None]),
    "scatter": lambda m, w, i: m.scatter(w, 0, i[None, :], 5.0),
    "index_add": lambda m, w, i: m.index_add(m.zeros(4, 3), 0, i, w[:2]),
    "nll_loss": lambda m, w, i: m.nn.functional.nll_loss(w[:2], i, reduction="sum"),
    "weighted cross_entropy": lambda m, w, i: m.nn.functional.cross_entropy(w[:2], i, weight=m.tensor([1.0, 2.0, 3.0])),
    "smoothed cross_entropy": lambda m, w, i: m.nn.functional.cross_entropy(w[:2], i, label_smoothing=0.1),
}


@pytest.mark.parametrize("change", [None, "add_", "item"])
@pytest.mark.parametrize("read", READING.values(), ids=READING)
def test_an_index_that_was_overwritten_is_refused(read, change):
    def program(m):
        w = weight(m)
        i = m.tensor([0, 1])
        y = read(m, w, i)
        if change == "add_":
            i.add_(1)
        elif change == "item":
            i[0] = 1
        (y * y).sum().backward()
        return [w.grad]

    assert_same(program)
    assert isinstance(outcome(program, mg), list) == (change is None)


# -- In place with itself --------------------------------------------------------------------------

WITH_ITSELF = {
    "y *= y": (lambda y: operator.imul(y, y), [2.0, 4.0]),
    "y *= y.detach()": (lambda y: operator.imul(y, y.detach()), [1.0, 2.0]),
    "y /= y.detach()": (lambda y: operator.itruediv(y, y.detach()), [1.0, 0.5]),
    "y.mul_(y[:])": (lambda y: y.mul_(y[:]), [2.0, 4.0]),
    "y.pow_(y)": (lambda y: y.pow_(y), [1.0, 4 * (1 + np.log(2))]),
    "y.addcmul_(y, y)": (lambda y: y.addcmul_(y, y), [3.0, 5.0]),
}


@pytest.mark.parametrize(("change", "gradient"), WITH_ITSELF.values(), ids=WITH_ITSELF)
def test_in_place_with_itself_has_the_gradient_that_pytorch_refuses(change, gradient):
    grads = []
    for m in (mg, torch):
        x = m.tensor([1.0, 2.0], requires_grad=True)
        y = change(x * 1)
        if m is torch:
            with pytest.raises(RuntimeError):
                y.sum().backward()
        else:
            y.sum().backward()
            grads = x.grad.tolist()
    np.testing.assert_allclose(grads, gradient, rtol=1e-6)


WRITES = {
    "mul_": lambda y: y.mul_(3),
    "to a part": lambda y: y[:1].mul_(3),
    "x[0] = 5": lambda y: y.__setitem__(0, 5.0),
    "twice": lambda y: y.mul_(3).add_(1),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_retained_gradient_is_that_of_the_tensor_as_it_is_now(write):
    def program(m):
        x = m.tensor([1.0, 2.0], requires_grad=True)
        y = x * 2
        y.retain_grad()
        write(y)
        (y * y).sum().backward()
        return x.grad, y.grad

    assert_same(program)


def data_of(value):
    def program(m):
        x = m.ones(2, requires_grad=True)
        x.data = value(m)
        (x * x).sum().backward()
        grad = x.grad
        del x.grad
        return x, grad, x.grad is None

    return program


@pytest.mark.parametrize(
    "value",
    [
        lambda m: m.tensor([3.0, 4.0, 5.0]),
        lambda m: m.ones(2, dtype=m.float64),
        lambda m: m.tensor([1, 2]),
        lambda m: 3,
        lambda m: None,
        lambda m: [1.0, 2.0],
    ],
)
def test_what_can_be_data(value):
    assert_same(data_of(value))


# -- Where the two differ, as DIFFERENCES.md says --------------------------------------------------


def write_through_data(m):
    x = m.tensor([1.0, 2.0], requires_grad=True)
    loss = (x * x).sum()
    x.data.mul_(2)
    loss.backward()
    return [x.grad]


def second_backward(m):
    x = m.ones(2, requires_grad=True)
    loss = (x + 1).sum()
    loss.backward()
    loss.backward()
    return [x.grad]


def second_derivative_of_relu(m):
    x = m.ones(2, requires_grad=True)
    (g,) = m.autograd.grad(x.relu().sum(), x, create_graph=True)
    g.sum().backward()
    return [x.grad]


def anomaly(m):
    with m.autograd.detect_anomaly():
        return [m.tensor([0.0, 1.0], requires_grad=True).log()]


@pytest.mark.parametrize(
    ("program", "theirs"),
    [
        (write_through_data, [4.0, 8.0]),
        (second_backward, [2.0, 2.0]),
        (second_derivative_of_relu, [0.0, 0.0]),
        (anomaly, [-np.inf, 0.0]),
    ],
)
def test_an_error_where_pytorch_gives_a_number(program, theirs):
    assert outcome(program, torch) == [theirs]
    assert outcome(program, mg) is RuntimeError


# -- Copies that are no views ----------------------------------------------------------------------

COPIES = {
    "repeat rows": lambda x: x[:1].repeat(4, 1),
    "repeat a number": lambda x: x[0, 0].repeat(3),
    "repeat in front": lambda x: x.repeat(2, 1, 1),
    "repeat once": lambda x: x.repeat(1, 1),
    "prod of one": lambda x: x[0, 0].prod(),
    "prod of an axis of length 1": lambda x: x[:1].prod(0),
    "prod with keepdim": lambda x: x[:1].prod(0, keepdim=True),
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_a_copy_stays_and_can_be_written_to(copy):
    def program(m):
        x = m.ones(2, 3)
        y = copy(x)
        x += 1
        before = y.tolist()
        y += 5
        y.numpy()[...] += 1
        return before, y, x, y.shape, y.is_contiguous()

    assert_same(program)


@pytest.mark.parametrize("shape", [(1, 3), (2, 1, 3), (1, 1, 3)])
@pytest.mark.parametrize("index", [(slice(None), slice(1, None)), slice(1), (..., slice(None, None, 2)), (None, 0)])
def test_parts_are_changed_in_place(shape, index):
    def program(m):
        x = m.zeros(*shape)
        x[index] += 1
        x[index] *= 3
        return [x]

    assert_same(program)


def test_what_a_hook_keeps_is_not_added_to():
    def program(m):
        x = m.ones(2, requires_grad=True)
        seen = []
        x.register_hook(seen.append)
        (x * 2).sum().backward()
        (x * 3).sum().backward()
        x.grad.zero_()
        return seen

    assert_same(program)


# -- Custom functions -----------------------------------------------------------------------------


def function_with(m, compute, back):
    """A Function of the library `m`, of a forward and a backward that know it."""

    class Custom(m.autograd.Function):
        forward = staticmethod(compute)
        backward = staticmethod(back)

    return Custom.apply


def masked(m):
    def compute(ctx, x):
        mask = (x > 0).float()
        ctx.save_for_backward(mask, x)
        ctx.mark_non_differentiable(mask)
        return x * mask, mask

    def back(ctx, g, _):
        mask, x = ctx.saved_tensors
        return g * mask * x

    x = m.tensor([3.0, -2.0], requires_grad=True)
    result, mask = function_with(m, compute, back)(x)
    result.sum().backward()
    return result, mask, mask.requires_grad, x.grad


def broadcast(shape):
    def program(m):
        apply = function_with(m, lambda ctx, x, b: x + b.sum(), lambda ctx, g: (g, g))
        b = m.ones(*shape, requires_grad=True)
        (g,) = m.autograd.grad((apply(m.ones(2, 3), b) ** 2).sum(), b, create_graph=True)
        g.sum().backward()
        return g.detach(), b.grad

    return program


def test_an_output_without_gradient_keeps_its_values_for_backward():
    assert_same(masked)


@pytest.mark.parametrize("shape", [(3,), (1, 3), (2, 1), (1,), (2, 3), (5,), (4, 2, 3)])
def test_a_gradient_is_summed_to_the_shape_of_the_input(shape):
    assert_same(broadcast(shape))
