"""Tensors: how they are made, what they tell of themselves, and which wrong uses they refuse."""

import copy

import numpy as np
import pytest

import minigrad as mg

# -- Creation ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.5, mg.float32),
        ([1, 2], mg.int64),
        ([1, 2.5], mg.float32),
        ([True, False], mg.bool),
        ([[1.0], [2.0]], mg.float32),
        (np.array([1.0]), mg.float64),
        ([np.float64(1)], mg.float64),
        (np.array([1], np.uint8), mg.uint8),
        ([], mg.float32),
    ],
)
def test_the_dtype_of_data(data, dtype):
    assert mg.tensor(data).dtype == dtype
    assert mg.tensor(data, dtype=mg.int32).dtype == mg.int32


def test_mixed_lists_have_the_dtype_of_all_their_elements():
    assert mg.tensor([1.0, np.float64(2)]).dtype == mg.float64
    assert mg.tensor([1, mg.tensor(2.0)]).dtype == mg.float32
    assert mg.tensor([True, np.int32(2)]).dtype == mg.int32
    assert mg.tensor([[1, 2], np.array([1.5, 2])]).dtype == mg.float64
    with pytest.raises(ValueError, match=r"of one element, not of shape \(2,\); use minigrad.stack"):
        mg.tensor([mg.ones(2), mg.ones(2)])
    for join in (mg.cat, mg.stack, mg.hstack, mg.vstack):
        with pytest.raises(TypeError, match=rf"{join.__name__}\(\): expected a tuple or list of tensors, not Tensor"):
            join(mg.ones(2, 2))


def test_numbers_that_are_tensors():
    n = mg.tensor(3)
    assert (mg.arange(n).dtype, mg.arange(0, n).tolist()) == (mg.int64, [0, 1, 2])
    assert mg.arange(mg.tensor(1.0, dtype=mg.float64), 3).dtype == mg.float32
    assert mg.zeros(n).shape == mg.randint(10, (n,)).shape == mg.linspace(0, 1, n).shape == (3,)
    assert mg.full((2,), n).tolist() == [3, 3]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: mg.arange(float("nan")), RuntimeError, r"arange\(\): the bounds must be finite, got 0 and nan"),
        (lambda: mg.arange(0, 1, 1e-20), RuntimeError, r"arange\(\): no memory holds"),
        (lambda: mg.linspace(0, 1, -1), RuntimeError, r"linspace\(\): steps must not be negative, got -1"),
        (lambda: mg.eye(-1), RuntimeError, r"eye\(\): n must not be negative"),
        (lambda: mg.zeros(2, -1), RuntimeError, r"zeros\(\): no length may be negative, got the size \(2, -1\)"),
        (lambda: mg.empty(2**40, 2**40), RuntimeError, r"empty\(\): no memory holds"),
        (lambda: mg.empty(2**45), RuntimeError, r"empty\(\): there is not enough memory"),
        (lambda: mg.empty(2**45, device="meta"), RuntimeError, r"empty\(\): device 'meta' is not available"),
        (lambda: mg.ones([1] * 65), RuntimeError, r"ones\(\): 65 axes are too many"),
        (lambda: mg.rand(2.0), TypeError, r"rand\(\): every length in the size must be an integer.*2\.0"),
        (lambda: mg.tensor([2**63]), ValueError, r"tensor\(\): an integer has more than 64 bits"),
        (lambda: mg.bincount(mg.tensor([1]), minlength=-1), RuntimeError, r"bincount\(\): minlength must not"),
        (lambda: -mg.tensor([True]), RuntimeError, r"neg\(\): is not defined for bool"),
        (lambda: mg.device("foo"), RuntimeError, r"device\(\): 'foo' names no device"),
        (lambda: mg.manual_seed(2**64), ValueError, r"manual_seed\(\): the seed must fit into 64 bits"),
        (lambda: mg.rand(2, generator=0), TypeError, r"rand\(\): generator must be a minigrad.Generator, not 0"),
        (lambda: f"{mg.ones(2):>8}", TypeError, r"'>8' can format a 0-d tensor"),
    ],
)
def test_arguments_of_no_tensor(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_data_that_are_no_tensor():
    with pytest.raises(ValueError, match="different lengths"):
        mg.tensor([[1, 2], [3]])
    for data in (None, [object()], {"a": 1}):
        with pytest.raises(RuntimeError, match="must be numbers"):
            mg.tensor(data)
    for data in ("text", [1, "a"], [1j], np.array(["a"])):
        with pytest.raises(TypeError, match="must be numbers"):
            mg.tensor(data)
    with pytest.raises(TypeError, match=r"float16.*float32"):
        mg.tensor(np.ones(2, np.float16))
    with pytest.raises(TypeError, match="ndarray, not list"):
        mg.from_numpy([1.0])


def test_the_older_constructors():
    assert mg.Tensor(2, 3).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert mg.Tensor([1, 2]).dtype == mg.Tensor(np.array([1, 2])).dtype == mg.float32
    assert mg.Tensor().shape == (0,)
    x = mg.ones(2)
    mg.Tensor(x)[0] = 5
    assert x.tolist() == [5, 1]
    assert mg.LongTensor([1, 2]).dtype == mg.int64
    assert mg.FloatTensor([1, 2]).dtype == mg.float32
    for data in ((2.5,), ((2, 3),), (x, 2), (mg.ones(2, dtype=mg.float64),)):
        with pytest.raises(TypeError, match=r"minigrad.tensor\(values\)"):
            mg.Tensor(*data)
    with pytest.raises(RuntimeError, match="cuda"):
        mg.Tensor(2, device="cuda")


def test_filled_tensors():
    assert mg.zeros(2, 3).shape == mg.zeros((2, 3)).shape == (2, 3)
    assert mg.ones(2, dtype=mg.int64).tolist() == [1, 1]
    assert mg.full((2,), 7).dtype == mg.int64
    assert mg.zeros_like(mg.ones(2, dtype=mg.float64)).dtype == mg.float64
    assert mg.ones_like(mg.zeros(2), requires_grad=True).requires_grad
    assert mg.arange(3).tolist() == [0, 1, 2]
    assert mg.arange(1, 2, 0.5).tolist() == [1.0, 1.5]
    with pytest.raises(RuntimeError, match="does not lead"):
        mg.arange(3, 0)


def test_other_devices_are_refused_by_name():
    assert mg.ones(1, device="cpu").device == mg.device("cpu")
    assert mg.ones(1).to(mg.device("cuda" if mg.cuda.is_available() else "cpu")).device.type == "cpu"
    assert (str(mg.device("cuda:1")), mg.device("cuda", 1).index) == ("cuda:1", 1)
    for make in (lambda: mg.ones(1, device="cuda"), lambda: mg.tensor(1, device="cuda"), lambda: mg.ones(1).to("cuda")):
        with pytest.raises(RuntimeError, match="'cuda' is not available"):
            make()


def test_the_default_dtype():
    try:
        mg.set_default_dtype(mg.float64)
        assert mg.tensor(1.0).dtype == mg.ones(1).dtype == mg.rand(1).dtype == (mg.tensor([1]) / 2).dtype == mg.float64
    finally:
        mg.set_default_dtype(mg.float32)
    with pytest.raises(TypeError, match="floating"):
        mg.set_default_dtype(mg.int64)


def test_as_tensor_copies_only_what_it_must():
    array = np.ones(2)
    assert np.shares_memory(mg.as_tensor(array).numpy(), array)
    t = mg.from_numpy(array)
    assert mg.as_tensor(t) is t
    assert mg.as_tensor(t, dtype=mg.float32).dtype == mg.float32


# -- Conversion ----------------------------------------------------------------------------------------------


def test_python_numbers():
    x = mg.tensor([2.5])
    assert (x.item(), float(x), int(x), x.tolist()) == (2.5, 2.5, 2, [2.5])
    assert f"{mg.tensor(1.23456):.2f} {mg.tensor(0.5)} {mg.tensor(3)} {mg.ones(1)}" == "1.23 0.5 3 tensor([1.])"
    assert [10, 20, 30][mg.tensor(1)] == 20
    with pytest.raises(RuntimeError, match=r"exactly one element.*\(2,\)"):
        mg.ones(2).item()
    with pytest.raises(TypeError, match="integer tensor"):
        [1, 2][mg.tensor(1.0)]


def test_truth():
    assert mg.tensor([1.0]) and not mg.tensor(0)
    with pytest.raises(RuntimeError, match=r"3 elements is ambiguous"):
        bool(mg.ones(3))


def test_sequences():
    x = mg.tensor([[1, 2], [3, 4]])
    assert (len(x), [row.tolist() for row in x]) == (2, [[1, 2], [3, 4]])
    for use in (len, iter, list):
        with pytest.raises(TypeError, match="0-d"):
            use(mg.tensor(1.0))


def test_sizes():
    x = mg.zeros(2, 0, 3)
    assert (x.size(), x.size(-1), x.dim(), x.ndim, x.numel()) == ((2, 0, 3), 3, 3, 3, 0)


def test_tensors_are_dictionary_keys_by_identity():
    x, y = mg.ones(2), mg.ones(2)
    assert {x: 1, y: 2}[x] == 1
    assert (x == y).tolist() == [True, True]
    assert (x == None) is False  # noqa: E711
    assert x != "text"


def test_dtype_conversion_is_recorded():
    x = mg.ones(2, requires_grad=True)
    y = x.double()
    assert (y.dtype, x.long().dtype, x.to(mg.float32) is x, x.to("cpu") is x) == (mg.float64, mg.int64, True, True)
    (y * 3).sum().backward()
    assert (x.grad.tolist(), x.grad.dtype) == ([3.0, 3.0], mg.float32)


# -- Printing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tensor", "text"),
    [
        (lambda: mg.tensor([1.0, 2.0]), "tensor([1., 2.])"),
        (lambda: mg.tensor(1.5), "tensor(1.5000)"),
        (lambda: mg.tensor([0.5, 1e-5]), "tensor([5.0000e-01, 1.0000e-05])"),
        (lambda: mg.tensor([0.1, float("inf")]), "tensor([0.1000,    inf])"),
        (lambda: mg.tensor([-1.5, 1000.0]), "tensor([  -1.5000, 1000.0000])"),
        (lambda: mg.tensor([1, 200]), "tensor([  1, 200])"),
        (lambda: mg.tensor([True, False]), "tensor([ True, False])"),
        (lambda: mg.zeros(2, 0), "tensor([], size=(2, 0))"),
        (lambda: mg.ones(1, dtype=mg.float64), "tensor([1.], dtype=float64)"),
        (lambda: mg.ones(1, requires_grad=True), "tensor([1.], requires_grad=True)"),
        (lambda: mg.ones(1, requires_grad=True) * 2, "tensor([2.], grad_fn=<MulBackward0>)"),
        (lambda: mg.tensor([[1.0, 2.0], [3.0, 4.5]]), "tensor([[1.0000, 2.0000],\n        [3.0000, 4.5000]])"),
    ],
)
def test_printing(tensor, text):
    assert repr(tensor()) == text


# -- Wrong uses ----------------------------------------------------------------------------------------------

WRONG = {
    "shapes that do not broadcast": (lambda m: m.ones(2, 3) + m.ones(4), RuntimeError, r"add\(\).*\(2, 3\).*\(4,\)"),
    "a list as operand": (lambda m: m.ones(2) + [1, 2], TypeError, r"add\(\).*list"),
    "text as operand": (lambda m: m.ones(2) * "a", TypeError, r"mul\(\).*str"),
    "an array to a function": (lambda m: m.exp(np.ones(2)), TypeError, r"exp\(\).*Tensor, not ndarray"),
    "a list to a reduction": (lambda m: m.softmax([1.0], dim=0), TypeError, r"softmax\(\).*Tensor, not list"),
    "a list to a sum": (lambda m: m.sum([1.0]), TypeError, r"sum\(\).*Tensor, not list"),
    "a list to reshape": (lambda m: m.reshape([1.0], (1,)), TypeError, r"reshape\(\).*Tensor, not list"),
    "an array to transpose": (lambda m: m.transpose(np.ones((2, 2)), 0, 1), TypeError, r"transpose\(\).*ndarray"),
    "an unknown keyword": (lambda m: m.ones(2).sum(axes=0), TypeError, "axes"),
    "matmul of wrong lengths": (lambda m: m.ones(2, 3) @ m.ones(2, 3), RuntimeError, r"matmul\(\).*\(2, 3\)"),
    "matmul of two dtypes": (lambda m: m.ones(2) @ m.ones(2).double(), RuntimeError, r"matmul.*float32 and float64"),
    "matmul of a number": (lambda m: m.ones(2, 2) @ 3, TypeError, "matmul.*int"),
    "matmul of batches": (lambda m: m.ones(2, 3, 3) @ m.ones(4, 3, 3), RuntimeError, r"matmul.*\(2, 3, 3\)"),
    "an axis out of range": (lambda m: m.ones(2).sum(1), IndexError, r"sum\(\): dim 1.*\(2,\).*\[-1, 0\]"),
    "an axis twice": (lambda m: m.ones(2, 2).sum((0, -2)), RuntimeError, "twice"),
    "an axis that is no integer": (lambda m: m.ones(2).softmax(0.0), TypeError, r"softmax\(\).*0\.0"),
    "the maximum of nothing": (lambda m: m.ones(0).max(), RuntimeError, r"^max\(\).*\(0,\)"),
    "the maximum along an empty axis": (lambda m: m.ones(2, 0).max(1), IndexError, r"^max\(\).*\(2, 0\)"),
    "a condition that is no tensor": (lambda m: m.where(True, 1.0, 0.0), TypeError, r"where\(\).*bool"),
    "stack of nothing": (lambda m: m.stack([]), RuntimeError, "at least one"),
    "the mean of integers": (lambda m: m.tensor([1, 2]).mean(), RuntimeError, r"mean\(\).*int64.*float"),
    "softmax of integers": (lambda m: m.tensor([1, 2]).softmax(0), RuntimeError, r"softmax\(\).*int64"),
    "reshape to another size": (lambda m: m.ones(3).reshape(2, 2), RuntimeError, r"reshape\(\).*\(2, 2\).*3 elements"),
    "reshape with two -1": (lambda m: m.ones(4).reshape(-1, -1), RuntimeError, "one -1"),
    "a view that needs a copy": (lambda m: m.ones(2, 3).T.view(6), RuntimeError, r"view\(\).*reshape"),
    "permute without an axis": (lambda m: m.ones(2, 3).permute(0), RuntimeError, r"permute\(\)"),
    "expand of a length": (lambda m: m.ones(2).expand(3), RuntimeError, r"expand\(\).*\(2,\).*\(3,\)"),
    "cat of shapes": (lambda m: m.cat([m.ones(2, 2), m.ones(3, 3)]), RuntimeError, r"cat\(\).*\(2, 2\), \(3, 3\)"),
    "cat of nothing": (lambda m: m.cat([]), ValueError, "at least one"),
    "stack of shapes": (lambda m: m.stack([m.ones(2), m.ones(3)]), RuntimeError, r"stack\(\).*\(2,\), \(3,\)"),
    "an index out of range": (lambda m: m.ones(3)[3], IndexError, r"\(3,\)"),
    "too many indices": (lambda m: m.ones(3)[0, 0], IndexError, r"\(3,\)"),
    "a negative step": (lambda m: m.ones(3)[::-1], ValueError, "positive step"),
    "a float as index": (lambda m: m.ones(3)[1.0], IndexError, "float"),
    "a condition that is no boolean": (lambda m: m.where(m.ones(2), 1.0, 0.0), RuntimeError, r"where\(\).*float32"),
    "a negative power of integers": (lambda m: m.tensor([2]) ** -1, RuntimeError, r"pow\(\)"),
    "gather with floats": (lambda m: m.gather(m.ones(2), 0, m.ones(1)), RuntimeError, r"int64.* not float32"),
    "gather out of range": (lambda m: m.gather(m.ones(2), 0, m.tensor([2])), RuntimeError, r"\[0, 1\]"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_uses_say_what_was_wrong(name):
    use, error, message = WRONG[name]
    with pytest.raises(error, match=message):
        use(mg)


# -- Random numbers ------------------------------------------------------------------------------------------


def test_seeded_runs_repeat():
    def draw():
        return [mg.rand(2).tolist(), mg.randn(2, 2).tolist(), mg.randint(5, (3,)).tolist(), mg.randperm(4).tolist()]

    mg.manual_seed(0)
    first = draw()
    assert draw() != first
    mg.manual_seed(0)
    assert draw() == first


def test_a_state_continues_where_it_was_taken():
    g = mg.Generator().manual_seed(3)
    mg.randint(10, (1,), generator=g)
    state = g.get_state()
    expected = mg.rand(3, generator=g).tolist(), mg.randperm(5, generator=g).tolist()
    g.set_state(state)
    assert (mg.rand(3, generator=g).tolist(), mg.randperm(5, generator=g).tolist()) == expected
    assert mg.Generator().set_state(state).initial_seed() == 3
    with pytest.raises(RuntimeError, match="no state"):
        g.set_state(mg.zeros(3, dtype=mg.uint8))
    with pytest.raises(TypeError, match="uint8"):
        g.set_state(mg.zeros(3))


def test_distributions():
    g = mg.Generator().manual_seed(0)
    u, n, i = mg.rand(100_000, generator=g), mg.randn(100_000, generator=g), mg.randint(2, 5, (100_000,), generator=g)
    assert (u.dtype, n.dtype, i.dtype) == (mg.float32, mg.float32, mg.int64)
    assert u.min().item() >= 0 and u.max().item() < 1
    assert u.mean().item() == pytest.approx(0.5, abs=0.004)  # 4 standard errors
    assert (n.mean().item(), n.var().item()) == pytest.approx((0, 1), abs=0.018)
    assert [int((i == k).sum()) for k in range(1, 6)] == pytest.approx([0, 33_333, 33_333, 33_333, 0], abs=600)
    assert sorted(mg.randperm(50, generator=g).tolist()) == list(range(50))
    b, m = (
        mg.bernoulli(mg.full((100_000,), 0.3), generator=g),
        mg.multinomial(mg.tensor([1.0, 0, 3]), 100_000, True, generator=g),
    )
    assert (b.dtype, m.dtype, b.mean().item()) == (mg.float32, mg.int64, pytest.approx(0.3, abs=0.006))
    assert [int((m == k).sum()) for k in range(3)] == pytest.approx([25_000, 0, 75_000], abs=600)
    assert sorted(mg.multinomial(mg.tensor([[1.0, 2, 0, 3]]), 3, generator=g)[0].tolist()) == [0, 1, 3]
    n = mg.normal(mg.tensor([0.0, 100.0]), 2.0, generator=g)
    assert n.shape == (2,) and abs(n[1].item() - 100) < 12
    with pytest.raises(RuntimeError, match=r"bernoulli.*\[0, 1\]"):
        mg.bernoulli(mg.tensor([1.5]))
    with pytest.raises(RuntimeError, match="multinomial"):
        mg.multinomial(mg.tensor([1.0, 0.0]), 2)
    with pytest.raises(RuntimeError, match="no integer"):
        mg.randint(3, 3, (1,))
    with pytest.raises(RuntimeError, match="int64"):
        mg.rand(2, dtype=mg.int64)


# -- Copies --------------------------------------------------------------------------------------------------


def test_clone_is_recorded_and_deepcopy_is_a_leaf():
    x = mg.ones(2, requires_grad=True)
    y = x.clone()
    assert not np.shares_memory(y.detach().numpy(), x.detach().numpy())
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]
    z = copy.deepcopy(x)
    assert (z.is_leaf, z.requires_grad, z.grad.tolist()) == (True, True, [1.0, 1.0])
    assert not np.shares_memory(z.detach().numpy(), x.detach().numpy())
    with pytest.raises(RuntimeError, match="leaf"):
        copy.deepcopy(y)


def test_a_shallow_copy_shares_the_memory_and_not_the_gradient():
    x = mg.ones(2, requires_grad=True)
    twin = copy.copy(x)
    assert twin.requires_grad and twin.is_leaf and twin is not x
    (twin * 3).sum().backward()
    assert x.grad is None and twin.grad.tolist() == [3, 3]
    twin.detach()[0] = 5
    assert x.tolist() == [5, 1]
    copy.copy(x * 2).sum().backward()
    assert x.grad.tolist() == [2, 2]
