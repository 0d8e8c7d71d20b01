"""Small parameters that an optimizer updates together: the same numbers, and states that can be taken apart again."""

import copy

import numpy as np
import pytest

import minigrad as mg
from minigrad import optim
from minigrad.optim import packing

SHAPES = [(3,), (2, 4), (1,), (5, 1, 2), ()]
OPTIMIZERS = {
    "Adam": lambda ps: optim.Adam(ps, lr=0.1),
    "Adam amsgrad": lambda ps: optim.Adam(ps, lr=0.1, amsgrad=True, weight_decay=0.1, maximize=True),
    "AdamW": lambda ps: optim.AdamW(ps, lr=0.1),
    "Adagrad": lambda ps: optim.Adagrad(ps, lr=0.1, initial_accumulator_value=0.2),
    "RMSprop": lambda ps: optim.RMSprop(ps, lr=0.1, momentum=0.9, centered=True),
}


def parameters(seed=0):
    rng = np.random.default_rng(seed)
    return [mg.tensor(rng.standard_normal(shape), requires_grad=True) for shape in SHAPES]


def give_gradients(ps, seed, skip=()):
    rng = np.random.default_rng(seed)
    for i, p in enumerate(ps):
        g = mg.tensor(rng.standard_normal(p.shape))
        p.grad = None if i in skip else g


def trained(make, monkeypatch, packed, actions=()):
    """The parameters after ten steps, and the optimizer; `actions` are done to both between the steps."""
    monkeypatch.setattr(optim.optimizer, "SMALL", packing.SMALL if packed else -1)
    ps = parameters()
    optimizer, was_packed = make(ps), set()
    for step in range(10):
        give_gradients(ps, step, skip=(1,) if step in (3, 4) else ())
        for action in actions:
            optimizer = action(step, optimizer, ps) or optimizer
        optimizer.step()
        was_packed |= {len(pack.params) for pack in optimizer._packs.values() if pack}
    assert was_packed == ({3, 4} if packed else set())  # of five, one being 0-d and one without a gradient for a while
    return [p.detach().numpy() for p in ps], optimizer


def load_again(step, optimizer, ps):
    if step == 5:
        optimizer.load_state_dict(optimizer.state_dict())


def copied(step, optimizer, ps):
    if step == 5:
        twin = copy.deepcopy(optimizer)
        for group, own in zip(twin.param_groups, optimizer.param_groups, strict=True):
            states = [twin.state[p] for p in group["params"]]
            group["params"] = own["params"]
            twin.state = type(twin.state)(dict, zip(own["params"], states, strict=True))
        return twin


def change_a_state(step, optimizer, ps):
    if step == 6:
        name = next(name for name, value in optimizer.state[ps[0]].items() if value.ndim)
        optimizer.state[ps[0]][name] = mg.ones(SHAPES[0], dtype=mg.float64)


def forget(step, optimizer, ps):
    if step == 6:
        optimizer.state.clear()


def change_values(step, optimizer, ps):
    with mg.no_grad():
        for p in ps:
            p.clamp_(-0.9, 0.9)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("action", [None, load_again, copied, change_a_state, forget, change_values])
def test_the_same_numbers_together_and_one_by_one(name, action, monkeypatch):
    actions = [action] if action else []
    together, first = trained(OPTIMIZERS[name], monkeypatch, True, actions)
    alone, second = trained(OPTIMIZERS[name], monkeypatch, False, actions)
    for ours, expected in zip(together, alone, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-12)
    states = first.state_dict()["state"], second.state_dict()["state"]
    assert states[0].keys() == states[1].keys()
    for i in states[0]:
        assert states[0][i].keys() == states[1][i].keys()
        for key, value in states[0][i].items():
            np.testing.assert_allclose(value.numpy(), states[1][i][key].numpy(), rtol=1e-12)


def test_parameters_that_have_counted_different_steps_are_not_packed():
    ps = parameters()[:4]
    optimizer = optim.Adam(ps, lr=0.1)
    give_gradients(ps, 0, skip=(1,))
    optimizer.step()
    give_gradients(ps, 1)
    optimizer.step()
    assert [optimizer.state[p]["step"].item() for p in ps] == [2, 1, 2, 2]
    give_gradients(ps, 2)
    optimizer.step()
    assert [optimizer.state[p]["step"].item() for p in ps] == [3, 2, 3, 3]


def test_a_write_is_noted_so_that_an_old_graph_refuses():
    ps = [mg.ones(2, requires_grad=True) for _ in range(3)]
    optimizer = optim.Adam(ps)
    loss = sum((p * p).sum() for p in ps)
    loss.backward(retain_graph=True)
    optimizer.step()
    with pytest.raises(RuntimeError, match="changed by an in-place operation"):
        loss.backward()
