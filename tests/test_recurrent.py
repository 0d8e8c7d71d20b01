"""Recurrent layers and sequences of different lengths, by what they mean."""

import copy
import io

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels, nn
from minigrad.core import record
from minigrad.nn.utils.rnn import pack_padded_sequence, pack_sequence, pad_packed_sequence, pad_sequence

LAYERS = [nn.RNN, nn.LSTM, nn.GRU]
CELLS = {nn.RNN: nn.RNNCell, nn.LSTM: nn.LSTMCell, nn.GRU: nn.GRUCell}
by_kind = pytest.mark.parametrize("kind", LAYERS, ids=lambda kind: kind.__name__)


def hidden_of(state):
    return state[0] if isinstance(state, tuple) else state


@by_kind
def test_a_layer_is_its_cell_step_by_step(kind):
    layer, cell = kind(3, 4), CELLS[kind](3, 4)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    x = mg.randn(5, 2, 3)
    outputs, last = layer(x)
    state = None
    for step, output in zip(x, outputs, strict=True):
        state = cell(step, state)
        np.testing.assert_allclose(hidden_of(state).tolist(), output.tolist(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(hidden_of(last)[0].tolist(), hidden_of(state).tolist(), rtol=1e-5, atol=1e-6)


@by_kind
def test_backwards_is_forwards_over_the_reversed_sequence(kind):
    layer = kind(3, 4, bidirectional=True)
    forwards = kind(3, 4)
    names = [name for name in layer.state_dict() if name.endswith("_reverse")]
    forwards.load_state_dict({name.removesuffix("_reverse"): layer.state_dict()[name] for name in names})
    x = mg.randn(5, 2, 3)
    backwards = layer(x)[0][..., 4:]
    np.testing.assert_allclose(backwards.tolist(), forwards(x.flip(0))[0].flip(0).tolist(), rtol=1e-5, atol=1e-6)


@by_kind
def test_packed_each_sequence_is_as_if_it_were_alone(kind):
    layer = kind(3, 4, num_layers=2, bidirectional=True)
    sequences = [mg.randn(n, 3) for n in (2, 5, 1, 5)]
    packed, last = layer(pack_sequence(sequences, enforce_sorted=False))
    outputs, lengths = pad_packed_sequence(packed, batch_first=True)
    assert lengths.tolist() == [2, 5, 1, 5]
    for i, x in enumerate(sequences):
        output, state = layer(x)
        np.testing.assert_allclose(outputs[i, : len(x)].tolist(), output.tolist(), rtol=1e-5, atol=1e-6)
        assert not outputs[i, len(x) :].any()
        np.testing.assert_allclose(hidden_of(last)[:, i].tolist(), hidden_of(state).tolist(), rtol=1e-5, atol=1e-6)


def test_padding_gets_no_gradient_and_the_rest_one_each():
    x = mg.zeros(3, 2, requires_grad=True)
    padded, lengths = pad_packed_sequence(pack_padded_sequence(x, [1, 3], enforce_sorted=False))
    padded.sum().backward()
    assert x.grad.tolist() == [[1, 1], [0, 1], [0, 1]]
    x, y = mg.ones(2, requires_grad=True), mg.ones(1, requires_grad=True)
    (pad_sequence([x, y], padding_value=float("nan"))[:1] * 3).sum().backward()
    assert (x.grad.tolist(), y.grad.tolist()) == ([3, 0], [3])


@pytest.mark.skipif(not kernels.ENABLED, reason="MINIGRAD_KERNELS=0: each step is a few operations")
@by_kind
def test_a_layer_records_as_many_operations_for_fifty_steps_as_for_two(kind, monkeypatch):
    layer = kind(3, 4, num_layers=2, bidirectional=True)
    counts = []
    for lengths in ([2, 1], [50, 30]):
        packed = pack_padded_sequence(mg.randn(lengths[0], 2, 3), lengths)
        nodes = []
        monkeypatch.setattr(record, "on_record", [nodes.append])
        layer(packed)
        counts.append(len(nodes))
    assert counts[0] == counts[1] > 4


@by_kind
def test_outputs_may_be_overwritten(kind):
    layer = kind(3, 4)
    x = mg.randn(5, 2, 3)

    def gradients(change):
        layer.zero_grad()
        outputs, last = layer(x)
        total = change(outputs).sum() + hidden_of(last).sum()
        total.backward()
        return [p.grad.tolist() for p in layer.parameters()]

    for changed, expected in zip(gradients(lambda x: x.mul_(3)), gradients(lambda x: 3 * x), strict=True):
        np.testing.assert_allclose(changed, expected, rtol=1e-5, atol=1e-6)


@by_kind
def test_outputs_and_states_are_overwritten_apart(kind):
    x, w = mg.randn(5, 2, 3), mg.ones(4, requires_grad=True)
    for used in range(2):
        outputs, last = kind(3, 4)(x)
        results = [outputs, *(last if isinstance(last, tuple) else [last])]
        kept = [result.detach().clone() for result in results]
        product = (results[used] * w).sum()
        for i, result in enumerate(results):
            if i != used:
                result.mul_(3)
        assert (results[used] == kept[used]).all()
        w.grad = None
        product.backward()
        np.testing.assert_allclose(w.grad.tolist(), kept[used].reshape(-1, 4).sum(0).tolist(), rtol=1e-5, atol=1e-6)


@by_kind
def test_layers_are_copied_saved_and_replaced(kind):
    layer = kind(3, 4)
    twin = copy.deepcopy(layer)
    x = mg.randn(2, 1, 3)
    assert (twin(x)[0] == layer(x)[0]).all()
    file = io.BytesIO()
    mg.save(layer.state_dict(), file)
    file.seek(0)
    other = kind(3, 4)
    assert not (other(x)[0] == layer(x)[0]).all()
    assert not any(other.load_state_dict(mg.load(file)))
    assert (other(x)[0] == layer(x)[0]).all()
    layer.bias_hh_l0 = nn.Parameter(layer.bias_hh_l0 + 1)
    assert layer.all_weights[0][3] is layer.bias_hh_l0 and not (twin(x)[0] == layer(x)[0]).any()


def test_a_loop_over_a_thousand_steps_goes_back_to_the_first():
    layer = nn.GRU(1, 2)
    x = mg.randn(1000, 1, 1, requires_grad=True)
    layer(x)[0].sum().backward()
    assert x.grad.shape == x.shape and x.grad.all()


@pytest.mark.parametrize("text", ["import minigrad.nn.utils.rnn as r", "from minigrad.nn.utils import rnn as r"])
def test_the_ways_to_import_it(text):
    names = {}
    exec(text, names)
    assert names["r"].pad_sequence is pad_sequence is mg.nn.utils.rnn.pad_sequence


def test_sequences_of_one_length_keep_their_order():
    lengths = [1 + i % 3 for i in range(60)]
    packed = pack_padded_sequence(mg.zeros(3, 60), lengths, enforce_sorted=False)
    assert packed.sorted_indices.tolist() == sorted(range(60), key=lambda i: -lengths[i])


def test_unpadded_sequences_are_copies():
    padded = mg.zeros(3, 2)
    mg.nn.utils.rnn.unpad_sequence(padded, mg.tensor([1, 3]))[1].fill_(1)
    assert not padded.any()
