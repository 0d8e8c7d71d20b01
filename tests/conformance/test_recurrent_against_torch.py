"""Recurrent layers, cells, and packed and padded sequences: what PyTorch's do, with its weights."""

import itertools

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn.utils import rnn

from .comparing import difference, gradients_differ, is_refusal, translated

torch = pytest.importorskip("torch")
their_rnn = torch.nn.utils.rnn

LAYERS = ("RNN", "LSTM", "GRU")
OPTIONS = {
    "plain": {},
    "no bias": {"bias": False, "num_layers": 2},
    "batch first": {"batch_first": True, "num_layers": 3},
    "both ways": {"bidirectional": True, "num_layers": 2, "batch_first": True},
}
CALLS = [(name, option) for name in LAYERS for option in OPTIONS]
LENGTHS = ([5, 3, 3, 1], [1, 5, 2, 5], [4, 4, 4, 4])


def drawn(*shape, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=dtype, generator=generator).requires_grad_()


def both(name, *sizes, dtype=torch.float64, **options):
    """PyTorch's layer or cell, and ours with its parameters."""
    torch.manual_seed(0)
    theirs = getattr(torch.nn, name)(*sizes, **options).to(dtype)
    ours = getattr(nn, name)(*sizes, **options).to(translated(dtype, {}))
    ours.load_state_dict({key: mg.from_numpy(value.numpy().copy()) for key, value in theirs.state_dict().items()})
    theirs.load_state_dict({key: torch.from_numpy(value.numpy().copy()) for key, value in ours.state_dict().items()})
    assert repr(ours) == repr(theirs) and list(ours.state_dict()) == list(theirs.state_dict())
    return ours, theirs


def assert_same(ours, theirs, inputs, known, tolerance=1e-10):
    assert difference(ours, theirs, tolerance) is None
    assert gradients_differ(ours, theirs, inputs, known, tolerance) is None


def with_parameters(ours, theirs, inputs, known):
    known.update((id(p), q) for p, q in zip(theirs.parameters(), ours.parameters(), strict=True))
    return [*inputs, *theirs.parameters()]


def states_for(name, layers, *middle, size=4, dtype=torch.float64):
    h, c = (drawn(layers, *middle, size, dtype=dtype, seed=seed) for seed in (1, 2))
    return (h, c) if name == "LSTM" else h


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-5)], ids=str)
@pytest.mark.parametrize(("name", "option"), CALLS, ids=map("-".join, CALLS))
def test_layers(name, option, dtype, tolerance):
    options = OPTIONS[option]
    ours, theirs = both(name, 3, 4, dtype=dtype, **options)
    layers = options.get("num_layers", 1) * (1 + options.get("bidirectional", False))
    for shape, given in itertools.product([(5, 2, 3), (5, 3), (1, 3, 3), (5, 0, 3), (2, 1, 3)], (True, False)):
        middle = [] if len(shape) == 2 else [shape[0 if options.get("batch_first") else 1]]
        if middle == [5] and 0 in shape:  # no step at all
            continue
        hx = states_for(name, layers, *middle, dtype=dtype) if given else None
        x, known = drawn(*shape, dtype=dtype), {}
        expected, got = theirs(x, hx), ours(translated(x, known), translated(hx, known))
        inputs = [x, *(hx if isinstance(hx, tuple) else [hx] * given)]
        inputs = with_parameters(ours, theirs, inputs, known)
        assert_same(got, expected, inputs, known, tolerance)


@pytest.mark.parametrize("enforce_sorted", [True, False])
@pytest.mark.parametrize(("name", "option"), CALLS, ids=map("-".join, CALLS))
def test_packed_layers(name, option, enforce_sorted):
    options = OPTIONS[option]
    ours, theirs = both(name, 3, 4, **options)
    layers = options.get("num_layers", 1) * (1 + options.get("bidirectional", False))
    for lengths, given in itertools.product(LENGTHS, (True, False)):
        if enforce_sorted and sorted(lengths, reverse=True) != lengths:
            continue
        x, known = drawn(5, 4, 3), {}
        hx = states_for(name, layers, 4) if given else None
        results = []
        for m, layer, state, batch in (
            (their_rnn, theirs, hx, x),
            (rnn, ours, translated(hx, known), translated(x, known)),
        ):
            packed, last = layer(m.pack_padded_sequence(batch, lengths, enforce_sorted=enforce_sorted), state)
            assert isinstance(packed, m.PackedSequence)
            padded = m.pad_packed_sequence(packed, batch_first=True, padding_value=-1.5, total_length=6)
            results.append((*packed, *padded, last))
        inputs = [x, *(hx if isinstance(hx, tuple) else [hx] * given)]
        assert_same(*results[::-1], with_parameters(ours, theirs, inputs, known), known)


@pytest.mark.parametrize("options", [{}, {"bidirectional": True, "num_layers": 2, "bias": False}], ids=str)
def test_projections(options):
    ours, theirs = both("LSTM", 3, 4, proj_size=2, **options)
    x, known = drawn(5, 2, 3), {}
    layers = len(theirs.all_weights)
    hx = (drawn(layers, 2, 2), drawn(layers, 2, 4))
    expected, got = theirs(x, hx), ours(translated(x, known), translated(hx, known))
    assert_same(got, expected, with_parameters(ours, theirs, [x, *hx], known), known)


def test_nonlinearities():
    for name, shape in (("RNN", (5, 2, 3)), ("RNNCell", (2, 3))):
        for nonlinearity in ("tanh", "relu"):
            ours, theirs = both(name, 3, 4, nonlinearity=nonlinearity)
            x, known = drawn(*shape), {}
            expected, got = theirs(x), ours(translated(x, known))
            assert_same(got, expected, with_parameters(ours, theirs, [x], known), known)


@pytest.mark.parametrize(("name", "bias"), list(itertools.product(LAYERS, (True, False))))
def test_cells(name, bias):
    ours, theirs = both(f"{name}Cell", 3, 4, bias=bias)
    for middle, given in itertools.product([[], [2], [0]], (True, False)):
        x, known = drawn(*middle, 3), {}
        hx = None
        if given:
            h, c = drawn(*middle, 4, seed=1), drawn(*middle, 4, seed=2)
            hx = (h, c) if name == "LSTM" else h
        expected, got = theirs(x, hx), ours(translated(x, known), translated(hx, known))
        inputs = [x, *(hx if isinstance(hx, tuple) else [hx] * given)]
        assert_same(got, expected, with_parameters(ours, theirs, inputs, known), known)


@pytest.mark.parametrize("name", LAYERS)
def test_second_derivatives(name):
    """The gradient of the squared gradient, which PyTorch's own layers have too."""
    ours, theirs = both(name, 2, 3, bidirectional=True)
    x = drawn(4, 2, 2)
    results = []
    for m, layer, batch in ((torch, theirs, x), (mg, ours, translated(x, {}))):
        out, _ = layer(batch)
        parameters = [batch, *layer.parameters()]
        first = m.autograd.grad((out * out).sum(), parameters, create_graph=True)
        results.append(m.autograd.grad(sum((g * g).sum() for g in first), parameters))
    assert difference(*results[::-1], 1e-10) is None


@pytest.mark.parametrize("name", LAYERS)
def test_gradcheck(name):
    mg.manual_seed(0)
    layer = getattr(nn, name)(2, 2, num_layers=2, bidirectional=True).double()
    cell = getattr(nn, f"{name}Cell")(2, 2).double()
    batch = mg.randn(3, 2, 2, dtype=mg.float64, requires_grad=True)

    def packed(x):
        out, last = layer(rnn.pack_padded_sequence(x, [2, 3], enforce_sorted=False))
        return rnn.pad_packed_sequence(out)[0], *(last if name == "LSTM" else [last])

    assert mg.autograd.gradcheck(packed, [batch])
    assert mg.autograd.gradcheck(cell, [batch[0].detach().requires_grad_()])


def test_dropout_acts_between_the_layers_in_training():
    for p in (0.0, 0.5, 1.0):
        ours, theirs = both("LSTM", 3, 200, num_layers=2, dropout=p)
        x = drawn(4, 1, 3).detach()
        if p != 0.5:
            assert difference(ours(translated(x, {}))[0].detach(), theirs(x)[0].detach(), 1e-10) is None
        assert difference(ours.eval()(translated(x, {}))[0], theirs.eval()(x)[0], 1e-10) is None
    mg.manual_seed(0)
    layer = nn.GRU(2, 50, num_layers=2, dropout=0.5)
    x = mg.ones(3, 1, 2)
    (first, last), (again, last_again) = layer(x), layer(x)
    assert (last[0] == last_again[0]).all() and not (first == again).any()


def test_parameters_and_the_names_of_parameters():
    ours, theirs = both("LSTM", 3, 4, num_layers=2, bidirectional=True, proj_size=2)
    assert ours._all_weights == theirs._all_weights
    assert [[p.shape for p in ps] for ps in ours.all_weights] == [
        [tuple(p.shape) for p in ps] for ps in theirs.all_weights
    ]
    assert ours.flatten_parameters() is None
    assert ours.all_weights[1][0] is ours.weight_ih_l0_reverse
    for kind in (nn.RNN, nn.LSTM, nn.GRU, nn.RNNCell, nn.LSTMCell, nn.GRUCell):
        bounds = [(p.min().item(), p.max().item()) for p in kind(30, 25).parameters()]
        assert all(-0.2 <= low < -0.15 and 0.15 < high <= 0.2 for low, high in bounds)
    for name in LAYERS:
        with pytest.warns(UserWarning, match="dropout"):
            getattr(nn, name)(2, 3, dropout=0.5)


def packed_of(m, *shape, dtype="float32"):
    return m.nn.utils.rnn.pack_padded_sequence(m.zeros(*shape, dtype=getattr(m, dtype)), [5, 3])


REFUSED = {
    "1d": lambda m, layer, h: layer(m.zeros(3)),
    "4d": lambda m, layer, h: layer(m.zeros(5, 1, 2, 3)),
    "no tensor": lambda m, layer, h: layer([1.0]),
    "no steps": lambda m, layer, h: layer(m.zeros(0, 2, 3)),
    "size": lambda m, layer, h: layer(m.zeros(5, 1, 2)),
    "double": lambda m, layer, h: layer(m.zeros(5, 1, 3, dtype=m.float64)),
    "integers": lambda m, layer, h: layer(m.zeros(5, 1, 3, dtype=m.int64)),
    "hx of one": lambda m, layer, h: layer(m.zeros(5, 1, 3), h(1, 4)),
    "hx of a batch": lambda m, layer, h: layer(m.zeros(5, 3), h(1, 1, 4)),
    "hx of two": lambda m, layer, h: layer(m.zeros(5, 1, 3), h(1, 2, 4)),
    "hx of two layers": lambda m, layer, h: layer(m.zeros(5, 1, 3), h(2, 1, 4)),
    "hx in double": lambda m, layer, h: layer(m.zeros(5, 1, 3), h(1, 1, 4, dtype=m.float64)),
    "hx a number": lambda m, layer, h: layer(m.zeros(5, 1, 3), 3),
    "hx of three": lambda m, layer, h: layer(m.zeros(5, 1, 3), (m.zeros(1, 1, 4),) * 3),
    "packed hx": lambda m, layer, h: layer(packed_of(m, 5, 2, 3), h(1, 3, 4)),
    "packed 3d": lambda m, layer, h: layer(packed_of(m, 5, 2, 3, 1)),
    "packed size": lambda m, layer, h: layer(packed_of(m, 5, 2, 4)),
}
REFUSED_BY_CELLS = {
    "3d": lambda m, cell, h: cell(m.zeros(1, 2, 3)),
    "size": lambda m, cell, h: cell(m.zeros(2, 2)),
    "double": lambda m, cell, h: cell(m.zeros(2, 3, dtype=m.float64)),
    "no tensor": lambda m, cell, h: cell(None),
    "hx of one": lambda m, cell, h: cell(m.zeros(2, 3), h(4)),
    "hx of a batch": lambda m, cell, h: cell(m.zeros(3), h(1, 4)),
    "hx of three": lambda m, cell, h: cell(m.zeros(2, 3), h(3, 4)),
    "hx of 3 axes": lambda m, cell, h: cell(m.zeros(2, 3), h(1, 2, 4)),
    "hx in double": lambda m, cell, h: cell(m.zeros(2, 3), h(2, 4, dtype=m.float64)),
    "hx of wrong kind": lambda m, cell, h: cell(m.zeros(2, 3), 3),
}


def assert_both_refuse(call, name):
    """The errors are of one type, ours says what is wrong; TypeError where PyTorch misses an attribute."""
    with pytest.raises(Exception) as theirs:
        call(torch)
    with pytest.raises(Exception) as ours:
        call(mg)
    expected = TypeError if theirs.type is AttributeError else theirs.type
    assert ours.type is expected, f"{ours.value!r} instead of {theirs.value!r}"
    assert is_refusal(ours.value) and name in str(ours.value), ours.value


@pytest.mark.parametrize(("name", "case"), list(itertools.product(LAYERS, REFUSED)))
def test_what_layers_refuse(name, case):
    def call(m):
        def h(*shape, **options):
            state = m.zeros(*shape, **options)
            return (state, state) if name == "LSTM" else state

        REFUSED[case](m, getattr(m.nn, name)(3, 4), h)

    assert_both_refuse(call, name)


@pytest.mark.parametrize(("name", "case"), list(itertools.product(LAYERS, REFUSED_BY_CELLS)))
def test_what_cells_refuse(name, case):
    def call(m):
        def h(*shape, **options):
            state = m.zeros(*shape, **options)
            return (state, state) if name == "LSTM" else state

        REFUSED_BY_CELLS[case](m, getattr(m.nn, f"{name}Cell")(3, 4), h)

    assert_both_refuse(call, f"{name}Cell")


@pytest.mark.parametrize("kind", ["RNN", "GRU"])
def test_a_projection_is_of_an_lstm(kind):
    with pytest.raises((ValueError, TypeError), match="proj_size"):
        getattr(nn, kind)(3, 4, proj_size=2)
    with pytest.raises(ValueError, match="proj_size"):
        nn.LSTM(3, 4, proj_size=4)


def test_sizes_of_a_packed_sequence_must_fit():
    for sizes in ([1, 2], [2, 2], []):
        with pytest.raises(RuntimeError, match="batch sizes"):
            nn.GRU(3, 4)(rnn.PackedSequence(mg.zeros(3, 3), mg.tensor(sizes, dtype=mg.int64)))


# -- Packed and padded sequences ---------------------------------------------------------------------------

# Each is a function of the library's `nn.utils.rnn`, of the library, and of a tensor.
USES = {
    "pack": lambda r, m, x: r.pack_padded_sequence(x, [5, 3, 2]),
    "pack less": lambda r, m, x: r.pack_padded_sequence(x, m.tensor([4, 4, 1])),
    "pack floats": lambda r, m, x: r.pack_padded_sequence(x, [4.7, 3.2, 1.0]),
    "pack unsorted": lambda r, m, x: r.pack_padded_sequence(x, [2, 5, 2], enforce_sorted=False),
    "pack batch first": lambda r, m, x: r.pack_padded_sequence(x, [1, 3, 2, 3, 1], True, False),
    "pack a matrix": lambda r, m, x: r.pack_padded_sequence(x[..., 0], [5, 5, 1]),
    "pad": lambda r, m, x: r.pad_packed_sequence(r.pack_padded_sequence(x, [5, 3, 2])),
    "pad more": lambda r, m, x: r.pad_packed_sequence(r.pack_padded_sequence(x, [4, 4, 1]), True, 2.5, 7),
    "pad unsorted": lambda r, m, x: r.pad_packed_sequence(
        r.pack_padded_sequence(x, [2, 5, 3], enforce_sorted=False), padding_value=-1
    ),
    "pad integers": lambda r, m, x: r.pad_packed_sequence(
        r.pack_padded_sequence(m.arange(10).view(5, 2), [5, 3]), padding_value=1.5
    ),
    "to": lambda r, m, x: r.pack_padded_sequence(x, [5, 3, 2]).to(m.float32),
    "from a pair": lambda r, m, x: r.PackedSequence((x, m.tensor([1, 1, 1, 1, 1]))),
    "from order": lambda r, m, x: r.PackedSequence(x, m.tensor([3, 2]), m.tensor([2, 0, 1])),
    "sequences": lambda r, m, x: r.pad_sequence([x[:2], x, x[1:4]]),
    "sequences batch first": lambda r, m, x: r.pad_sequence((x[0], x[1, :1]), batch_first=True, padding_value=3),
    "sequences left": lambda r, m, x: r.pad_sequence([x[:2], x, x[:0]], padding_side="left"),
    "sequences of a tensor": lambda r, m, x: r.pad_sequence(x),
    "sequences of numbers": lambda r, m, x: r.pad_sequence(iter([m.arange(3), m.arange(5)]), True, -1),
    "sequences of two dtypes": lambda r, m, x: r.pad_sequence([m.arange(3), m.ones(5) * 1.5], True),
    "sequences of no length": lambda r, m, x: r.pad_sequence([x[:0], x[:0]]),
    "unpad": lambda r, m, x: r.unpad_sequence(x + 0, m.tensor([2, 5, 7]), batch_first=False),
    "unpad batch first": lambda r, m, x: r.unpad_sequence(x, m.tensor([2, 3, 1, 0, 2]), batch_first=True),
    "pack sequences": lambda r, m, x: r.pack_sequence([x[:3], x[:3], x[1:3]]),
    "pack sequences unsorted": lambda r, m, x: r.pack_sequence([x[:3], x, x[1:3]], enforce_sorted=False),
    "unpack": lambda r, m, x: r.unpack_sequence(r.pack_sequence([x[:3], x, x[1:3]], enforce_sorted=False)),
    "invert": lambda r, m, x: r.invert_permutation(m.tensor([2, 0, 1])),
}
REFUSED_USES = {
    "length 0": lambda r, m, x: r.pack_padded_sequence(x, [5, 3, 0]),
    "unsorted": lambda r, m, x: r.pack_padded_sequence(x, [3, 5, 2]),
    "number": lambda r, m, x: r.pack_padded_sequence(x, [5]),
    "vector": lambda r, m, x: r.pack_padded_sequence(x[0, 0], [5]),
    "two axes": lambda r, m, x: r.pack_padded_sequence(x, [[5, 5, 5]]),
    "no batch": lambda r, m, x: r.pack_padded_sequence(x[:, :0], []),
    "no step": lambda r, m, x: r.pack_padded_sequence(x[:0], [0, 0, 0]),
    "no tensor": lambda r, m, x: r.pack_padded_sequence([[1]], [1]),
    "batch_first": lambda r, m, x: r.pack_padded_sequence(x, [5, 5, 5], 1),
    "total length": lambda r, m, x: r.pad_packed_sequence(r.pack_padded_sequence(x, [5, 3, 2]), total_length=4),
    "half a length": lambda r, m, x: r.pad_packed_sequence(r.pack_padded_sequence(x, [5, 3, 2]), total_length=8.5),
    "padding": lambda r, m, x: r.pad_packed_sequence(r.pack_padded_sequence(x, [5, 3, 2]), padding_value="a"),
    "not packed": lambda r, m, x: r.pad_packed_sequence(x),
    "no sequences": lambda r, m, x: r.pad_sequence([]),
    "no list": lambda r, m, x: r.pad_sequence(3),
    "without time": lambda r, m, x: r.pad_sequence([m.zeros(())]),
    "other axes": lambda r, m, x: r.pad_sequence([m.zeros(2, 3), m.zeros(3, 2)]),
    "side": lambda r, m, x: r.pad_sequence([x], padding_side="top"),
    "no side": lambda r, m, x: r.pad_sequence([x], padding_side=None),
    "numbers": lambda r, m, x: r.pad_sequence([1, 2]),
    "value": lambda r, m, x: r.pad_sequence([x], padding_value="a"),
    "lengths": lambda r, m, x: r.unpad_sequence(x + 0, m.tensor([1])),
    "unsorted sequences": lambda r, m, x: r.pack_sequence([x[:2], x]),
    "no sequence": lambda r, m, x: r.pack_sequence([x, x[:0]]),
    "no pair": lambda r, m, x: r.PackedSequence(x),
}


@pytest.mark.parametrize("use", USES)
def test_sequences(use):
    x, known = drawn(5, 3, 2), {}
    ours, theirs = USES[use](rnn, mg, translated(x, known)), USES[use](their_rnn, torch, x)
    assert type(ours).__name__ == type(theirs).__name__
    assert_same(ours, theirs, [x], known)


@pytest.mark.parametrize("use", REFUSED_USES)
def test_refused_sequences(use):
    def call(m):
        REFUSED_USES[use](m.nn.utils.rnn, m, m.zeros(5, 3, 2))

    assert_both_refuse(call, "sequence" if use != "no pair" else "Packed")


def test_lengths_beyond_the_input_are_refused():
    """PyTorch takes them, and reads what is not there."""
    for lengths in ([6, 5], [5, 6]):
        with pytest.raises(RuntimeError, match=r"must be 2 in \[1, 5\]"):
            rnn.pack_padded_sequence(mg.zeros(5, 2, 3), lengths, enforce_sorted=False)


def test_packed_sequences_print_and_convert_as_pytorchs():
    ours, theirs = (
        m.nn.utils.rnn.pack_sequence([m.tensor([1, 2, 3]), m.tensor([4])], enforce_sorted=False) for m in (mg, torch)
    )
    assert repr(ours) == repr(theirs)
    assert ours.to(mg.int64) is ours
    data, sizes, order, back = ours
    assert np.array_equal(data.numpy(), theirs.data.numpy()) and order is not None and back is not None


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", LAYERS)
def test_one_feature_of_one_sequence_of_any_length(name, dtype):
    ours, theirs = both(name, 2, 1, dtype=dtype)
    for length in range(1, 20):
        x = drawn(length, 2, dtype=dtype).detach()
        expected = theirs(x)[0].detach().numpy()
        np.testing.assert_allclose(ours(mg.from_numpy(x.numpy()))[0].detach().numpy(), expected, rtol=1e-5, atol=1e-6)
