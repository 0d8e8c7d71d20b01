"""Random index expressions: reading, its gradient, and assignment are PyTorch's, or both refuse."""

import random

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

from .comparing import REFUSALS, difference, translated  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

BATCHES, DRAWS = 50, 100
SHAPES = [(), (0,), (4,), (5,), (2, 3), (3, 4), (2, 0), (1, 3), (2, 3, 2), (3, 1, 4), (2, 3, 2, 2)]


def a_slice(choose, length):
    bounds = [None, None, *range(-length - 1, length + 2)]
    step = choose.choice([None, None, None, 1, 2, 3, choose.choice([0, -1])])
    return slice(choose.choice(bounds), choose.choice(bounds), step)


def an_integer(choose, length):
    return choose.choice([*range(-length, length), *range(-length, length), length]) if length else 0


def a_tensor(choose, length, shape):
    low = -length if choose.random() < 0.4 else 0
    high = length + (choose.random() < 0.04)
    values = np.array([choose.randint(low, max(high - 1, low)) for _ in range(int(np.prod(shape)))], np.int64)
    index = torch.tensor(values.reshape(shape))
    kind = choose.random()
    if kind < 0.25 and len(shape) == 1:
        return index.tolist()
    return index.to(torch.int32) if kind < 0.35 else index.double() if kind < 0.37 else index


def a_mask(choose, lengths):
    lengths = [n + (choose.random() < 0.03) for n in lengths]
    mask = torch.tensor(np.random.default_rng(choose.randrange(10**9)).random(lengths) < 0.5)
    return mask.tolist() if len(lengths) == 1 and choose.random() < 0.3 else mask


def an_index(choose, shape):
    """What may stand between the brackets for a tensor of `shape`; now and then it does not fit."""
    common = choose.choice([(), (1,), (2,), (3,), (2, 2), (0,), (2, 1)])
    parts, axis, dots = [], 0, False
    while axis < len(shape) + (choose.random() < 0.02):
        length = shape[axis] if axis < len(shape) else 2
        kind = choose.random()
        if kind < 0.1:
            parts.append(None)
            continue
        if kind < 0.2 and not dots:
            parts.append(Ellipsis)
            dots = True
            axis += choose.randint(0, 2)
            continue
        if kind < 0.45:
            parts.append(a_slice(choose, length))
        elif kind < 0.6:
            parts.append(an_integer(choose, length))
        elif kind < 0.9:
            parts.append(a_tensor(choose, length, choose.choice([common, common, common, (1,), (2, 1)])))
        else:
            taken = choose.choice([1, 1, 2]) if axis + 1 < len(shape) else 1
            parts.append(a_mask(choose, [*shape, 2][axis : axis + taken]))
            axis += taken - 1
        axis += 1
        if choose.random() < 0.15:
            break
    if not parts or choose.random() < 0.03:
        parts.append(choose.choice([None, Ellipsis, torch.tensor(True), torch.tensor(False), True, False]))
    if len(parts) == 1 and choose.random() < 0.8:
        return parts[0]
    return list(parts) if choose.random() < 0.15 else tuple(parts)


def described(part):
    if isinstance(part, torch.Tensor):
        return f"{str(part.dtype)[6:]}{part.tolist()}"
    if isinstance(part, (tuple, list)):
        return f"{type(part).__name__}({', '.join(map(described, part))})"
    return repr(part)


def read(m, x, index):
    """The element read and the gradient that comes back."""
    x = (m.from_numpy(x.copy())).requires_grad_()
    out = x[index]
    (out * out.detach() + out).sum().backward()
    return out, x.grad


def write(m, x, index, value):
    """A tensor that was assigned to, and the gradients that reach its old values and the value."""
    x = m.from_numpy(x.copy()).requires_grad_()
    y = x * 1
    v = value if isinstance(value, float) else m.from_numpy(value.copy()).requires_grad_()
    y[index] = v
    (y * y).sum().backward()
    return [y, x.grad] if isinstance(v, float) else [y, x.grad, m.zeros_like(v) if v.grad is None else v.grad]


def outcome(function, *arguments, errors):
    try:
        return function(*arguments)
    except errors as error:
        return error


def compared(function, x, index, *rest):
    expected = outcome(function, torch, x, index, *rest, errors=Exception)
    got = outcome(function, mg, x, translated(index, {}), *rest, errors=REFUSALS)
    text = f"{function.__name__} of {x.shape} at {described(index)}, {[np.shape(v) for v in rest]}"
    if isinstance(got, Exception) and refused_on_purpose(x, index):
        return None
    if isinstance(expected, Exception) and not x.size:
        return None  # NumPy lets some masks pass that find nothing to select from
    if isinstance(expected, Exception) != isinstance(got, Exception):
        return f"{text}: {got!r} instead of {expected!r}"
    if isinstance(expected, Exception):
        return None if str(got) else f"{text}: {type(got).__name__} without a message"
    found = difference(got, expected, 1e-12)
    return found and f"{text}: {found}"


def refused_on_purpose(x, index):
    """Where PyTorch gives something all the same: several "...", and an index that names nothing of an empty tensor."""
    parts = index if isinstance(index, (tuple, list)) else (index,)
    result = outcome(lambda: torch.tensor(x)[index], errors=Exception)
    return sum(part is Ellipsis for part in parts) > 1 or (not isinstance(result, Exception) and not result.numel())


def shape_for(choose, x, index):
    """A shape that broadcasts to what the index reads, most of the time."""
    read_shape = outcome(lambda: tuple(torch.tensor(x)[index].shape), errors=Exception)
    if isinstance(read_shape, Exception) or choose.random() < 0.05:
        return choose.choice([(), (2,), (1, 3)])
    shape = [n if choose.random() < 0.8 else 1 for n in read_shape]
    return tuple(shape[choose.choice([0, 0, 0, 1]) :]) if choose.random() < 0.9 else (1, *shape)


def repeats(x, index):
    """Whether the index names an element twice: which of two values assignment leaves there is not determined."""
    positions = outcome(lambda: torch.arange(x.size).reshape(x.shape)[index], errors=Exception)
    return not isinstance(positions, Exception) and positions.unique().numel() != positions.numel()


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_indices(batch):
    choose = random.Random(batch)
    found = []
    for _ in range(DRAWS):
        x = np.random.default_rng(choose.randrange(10**9)).standard_normal(choose.choice(SHAPES))
        index = an_index(choose, x.shape)
        found.append(compared(read, x, index))
        value = np.random.default_rng(choose.randrange(10**9)).standard_normal(shape_for(choose, x, index))
        if not repeats(x, index):
            found.append(compared(write, x, index, value if choose.random() < 0.8 else 1.5))
    found = [text for text in found if text]
    assert not found, "\n".join(found)


LISTS = """
    [[0, 1], [0, 2]]; [[[0, 1], [0, 1]]]; [[[[0, 1], [0, 1]]]]; [[0, 1]]; [(0, 1), (0, 2)];
    [(0, 1)]; ([0, 1], [0, 2]); ([[0, 1], [0, 2]],); ([[0, 1], [0]],); [[0, 1], [0]]; [[[0,
    1], [0]]]; [[0, 1], 0]; [0, [0, 1]]; [0, 1]; [0, 1, slice(None)]; [slice(None), [0, 1]];
    [slice(0, 1)]; [None]; [None, None]; [...]; [..., 0]; [0, None]; [T([0, 1]), T([0, 2])];
    [T([0, 1])]; [T(0), T(1)]; [T(0)]; [T(0), 1]; [T(1), T([0, 1])]; [T([True, False])];
    [[True, False]]; [[True, False], [True, True, False]]; [True, False]; [True]; [False];
    []; [[]]; [[], []]; ([],); ([], []); ((),); (); [()]; ((0, 1),); ((0, 1), (0, 2)); ((0,
    1), [0, 2]); [[0, 1], (0, 2)]; ([[0, 1]],); [[[0]], [[1]]]; ([T(0), T(1)],); [range(2)];
    range(2); "a"; [[0, 1], None]; [[0, 1], ...]; [True, [0, 1]]; [[0, 1], True]; [[True,
    False], 0]; [0, True]; [[0, 1], [0, 1], [0, 1], [0, 1]]; [[0], [0], [0], [0]]; [0] * 31;
    [0] * 32; [[0]] * 31; [[0]] * 33; [T(True), T(False)]; [T(True)]; [T(False)]; T([[0, 1],
    [1, 0]]); T(True); T(1); True; False; 1.0; T(1.0); T([1.0]); np.array([0, 1]);
    np.array([[0, 1], [1, 0]]); np.array([True, False]); np.array(1); np.array(True);
    np.int64(1); np.bool_(True); [np.array([0, 1]), np.array([0, 2])]; [np.int64(1),
    np.int64(0)]; T([[[1]]]); (np.array([0, 1]), np.array([0, 2])); ([np.int64(1),
    np.int64(0)],); [[0, 1], slice(1, 2)]; [[0, 2]]; [[0, -1], [-3, 1]]; [[0], [5]]; [[0,
    1], [0, 1, 2]]; [slice(None), None, [1]]; [[[0, 1]], [[0], [1]]]; [..., [0, 1]]; [None,
    [0, 1], [2]]; [T([0, 1]), 1]; [1, slice(None), [0, 3]]
"""


@pytest.mark.parametrize("text", " ".join(LISTS.split()).split("; "))
def test_lists_as_an_index(text):
    x = np.arange(24.0).reshape(2, 3, 4)
    for function, rest in [(read, ()), (write, (2.5,)), (write, (np.array([[-1.0]]),))]:
        assert_same_for(text, function, x, *rest)


def assert_same_for(text, function, x, *rest):
    """The index in `text` gives the same values and gradients, or the same type of error."""
    theirs, ours = [eval(text, {"T": m.tensor, "np": np}) for m in (torch, mg)]
    expected = outcome(function, torch, x, theirs, *rest, errors=Exception)
    got = outcome(function, mg, x, ours, *rest, errors=Exception)
    if isinstance(expected, Exception):
        assert isinstance(got, type(expected))
    else:
        assert difference(got, expected, 1e-12) is None


def test_a_list_taken_as_a_tuple_is_warned_about():
    with pytest.warns(UserWarning, match="is taken as a tuple"):
        mg.ones(2, 3)[[[0, 1], [0, 2]]]


OF_NOTHING = """
    True False None ... () T(True) T(False) (True,) (False,) (None,True) (True,True) (True,False)
    (True,...) (...,) (...,None) (None,None) [] [True] [None] [...] 0 T(0) [0] T([0]) slice(None)
    (True,0) T([True]) ([],) (T(True),T(True)) (T(True),None) (T(True),...)
"""
ASSIGNED = [4.5, np.array(5.0), np.array([6.0]), np.array([[-1.0]]), np.array([1.0, 2.0])]


@pytest.mark.parametrize("text", OF_NOTHING.split())
@pytest.mark.parametrize("value", ASSIGNED, ids=repr)
def test_an_index_of_a_0d_tensor(text, value):
    x = np.array(3.0)
    assert_same_for(text, read, x)
    assert_same_for(text, write, x, value)
