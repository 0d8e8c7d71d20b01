"""Small parameters that an optimizer updates together: what happens to one of them is its own affair.

The measure is an optimizer that has each parameter in a group for itself, where nothing can be updated together.
"""

import copy

import numpy as np
import pytest

import minigrad as mg
from minigrad import optim

SHAPES = [(3,), (2, 4), (1,), (5, 1, 2), (), (0, 2)]
OPTIMIZERS = {
    "Adam": lambda ps: optim.Adam(ps, lr=0.1),
    "Adam amsgrad": lambda ps: optim.Adam(ps, lr=0.1, amsgrad=True, weight_decay=0.1, maximize=True),
    "AdamW": lambda ps: optim.AdamW(ps, lr=0.1),
    "Adagrad": lambda ps: optim.Adagrad(ps, lr=0.1, lr_decay=0.1, initial_accumulator_value=0.2),
    "RMSprop": lambda ps: optim.RMSprop(ps, lr=0.1, momentum=0.9, centered=True),
    "SGD": lambda ps: optim.SGD(ps, lr=0.1, momentum=0.9, dampening=0.1, weight_decay=0.1),
    "Momentum": lambda ps: optim.Momentum(ps, lr=0.1, nesterov=True),
}
STEPS = 12


def parameters(shapes=SHAPES):
    rng = np.random.default_rng(0)
    return [mg.tensor(rng.standard_normal(shape), requires_grad=True) for shape in shapes]


def give_gradients(ps, seed):
    rng = np.random.default_rng(seed)
    for p in ps:
        p.grad = mg.tensor(rng.standard_normal(p.shape))


class Run:
    """A training of small parameters, all in one group or each in its own; an action happens between two steps."""

    def __init__(self, make, together, shapes=SHAPES):
        self.make = make
        self.params = parameters(shapes)
        self.together = together
        self.optimizer = make(self.grouped(self.params))

    def grouped(self, ps):
        return ps if self.together else [{"params": [p]} for p in ps]

    def train(self, action=None):
        for step in range(STEPS):
            give_gradients(self.params, step)
            if action is not None:
                action(step, self)
            self.optimizer.step()
        return self

    def state(self, i):
        return self.optimizer.state[self.params[i]]

    def values(self):
        return [p.detach().numpy() for p in self.params]

    def states(self):
        return [
            {name: value.numpy() for name, value in self.state(i).items() if isinstance(value, mg.Tensor)}
            for i in range(len(self.params))
        ]


def without_gradient(*missing):
    """At each of these steps the parameters of these positions have no gradient."""
    missing = dict(missing)

    def action(step, run):
        for i in missing.get(step, ()):
            run.params[i].grad = None

    return action


def at(when, change):
    """`change` the run once, before step `when`."""

    def action(step, run):
        if step == when:
            change(run)

    return action


def all_but_the_first_are_frozen(step, run):
    run.params[1].requires_grad_(False)  # which says nothing of a gradient that is there
    if 3 <= step < 7:
        for p in run.params[1:]:
            p.grad = None


def gradients_of_zeros(step, run):
    if step in (4, 5):
        run.optimizer.zero_grad(set_to_none=False)


def load_again(run):
    run.optimizer.load_state_dict(run.optimizer.state_dict())


def load_an_old_state(step, run):
    if step == 4:
        run.saved = copy.deepcopy(run.optimizer.state_dict())
    if step == 8:
        run.optimizer.load_state_dict(run.saved)


def load_plain_numbers_as_steps(run):
    state = copy.deepcopy(run.optimizer.state_dict())
    for entries in state["state"].values():
        if "step" in entries:
            entries["step"] = 5
    run.optimizer.load_state_dict(state)


def go_on_with_a_copy(run):
    before = run.states()
    own = run.params
    run.optimizer = copy.deepcopy(run.optimizer)
    run.params = [p for group in run.optimizer.param_groups for p in group["params"]]
    for p, q in zip(run.params, own, strict=True):
        p.grad = q.grad
    for state, expected in zip(run.states(), before, strict=True):
        for name in expected:
            np.testing.assert_array_equal(state[name], expected[name])


def reset_the_steps_of_one(run):
    if "step" in run.state(0):
        run.state(0)["step"].fill_(0)


def replace_a_state(run):
    for i in (0, 3):
        name = sorted(run.state(i))[0]
        run.state(i)[name] = mg.ones(SHAPES[i], dtype=mg.float64)


def replace_the_data_of_a_state(run):
    name = sorted(run.state(0))[0]
    run.state(0)[name].data = mg.full(SHAPES[0], 0.5, dtype=mg.float64)


def write_to_a_state(run):
    name = sorted(run.state(1))[0]
    run.state(1)[name].mul_(3)


def forget_one(run):
    del run.optimizer.state[run.params[3]]


def forget_all(run):
    run.optimizer.state.clear()


def write_a_note(run):
    run.state(1)["note"] = "watch this one"


def replace_the_data(run):
    for p in run.params[::2]:
        p.data = p.detach() * 2


def write_to_the_data(step, run):
    with mg.no_grad():
        for p in run.params:
            p.clamp_(-0.9, 0.9)


def share_memory(run):
    run.params[2].data = run.params[0].data[1:2]


def add_parameters(run):
    more = parameters([(2,), (3,), (2, 2), (1,)])
    for group in [{"params": more}] if run.together else run.grouped(more):
        run.optimizer.add_param_group({**group, "lr": 0.2})
    give_gradients(more, 99)
    run.params = [*run.params, *more]


def change_the_order(run):
    for group in run.optimizer.param_groups:
        group["params"].reverse()


ACTIONS = {
    "nothing": None,
    "one without a gradient": without_gradient((3, [1]), (4, [1])),
    "all but two without": without_gradient((2, [0, 1, 2, 3]), (5, [2, 3, 4, 5])),
    "in turns": without_gradient(*((step, [0] if step % 2 else [1, 2]) for step in range(STEPS))),
    "none at first": without_gradient((0, range(6)), (1, [0, 4])),
    "frozen and thawed": all_but_the_first_are_frozen,
    "gradients of zeros": gradients_of_zeros,
    "loaded again": at(5, load_again),
    "an old state loaded": load_an_old_state,
    "steps as plain numbers": at(5, load_plain_numbers_as_steps),
    "a copy": at(5, go_on_with_a_copy),
    "steps of one reset": at(6, reset_the_steps_of_one),
    "a state replaced": at(6, replace_a_state),
    "the data of a state replaced": at(6, replace_the_data_of_a_state),
    "a state written to": at(6, write_to_a_state),
    "one forgotten": at(6, forget_one),
    "all forgotten": at(6, forget_all),
    "a note in a state": at(6, write_a_note),
    "data replaced": at(6, replace_the_data),
    "data written to": write_to_the_data,
    "memory shared": at(6, share_memory),
    "parameters added": at(6, add_parameters),
    "another order": at(6, change_the_order),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("action", ACTIONS)
def test_the_same_numbers_together_and_one_by_one(name, action):
    together, alone = (Run(OPTIMIZERS[name], flag).train(ACTIONS[action]) for flag in (True, False))
    for ours, expected in zip(together.values(), alone.values(), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-12)
    for ours, expected in zip(together.states(), alone.states(), strict=True):
        assert ours.keys() == expected.keys()
        for key in expected:
            np.testing.assert_allclose(ours[key], expected[key], rtol=1e-12, err_msg=key)


def test_each_parameter_counts_the_steps_that_it_took():
    run = Run(OPTIMIZERS["Adam"], True, [(2,)] * 4).train(without_gradient((0, [0]), (5, [0, 1, 2]), (6, [0, 1])))
    assert [state["step"].item() for state in run.states()] == [STEPS - 3, STEPS - 2, STEPS - 1, STEPS]


def test_a_state_does_not_change_when_that_of_another_parameter_is_written_to():
    run = Run(OPTIMIZERS["Adam"], True).train()
    before = run.states()
    for value in run.state(0).values():
        value.fill_(7)
    for state, expected in zip(run.states()[1:], before[1:], strict=True):
        for key in expected:
            np.testing.assert_array_equal(state[key], expected[key])


def test_parameters_of_several_dtypes_keep_them():
    make = OPTIMIZERS["Adam"]
    runs = [Run(make, together) for together in (True, False)]
    for run in runs:
        for p in run.params[:2]:
            p.data = p.data.float()
        for step in range(3):
            for p in run.params:
                p.grad = mg.full(p.shape, 1.0 + step, dtype=p.dtype)
            run.optimizer.step()
    assert [p.dtype for p in runs[0].params] == [mg.float32] * 2 + [mg.float64] * 4
    for ours, expected in zip(runs[0].values(), runs[1].values(), strict=True):
        np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize("kind", ["SGD", "Adam", "Adagrad", "RMSprop"])
def test_a_parameter_of_a_new_shape_is_refused_before_anything_changes(kind, count):
    run = Run(OPTIMIZERS[kind], True, [(3,)] * count).train()
    run.params[0].grad = None
    run.params[0].data = mg.ones(1, dtype=mg.float64)
    run.params[0].grad = mg.ones(1, dtype=mg.float64)
    before = run.values()[-1].copy(), run.states()
    said = r"shape \(1,\) and float64 has a .* of shape \(3,\).*; make a new optimizer"
    with pytest.raises(RuntimeError, match=said):
        run.optimizer.step()
    np.testing.assert_array_equal(run.values()[-1], before[0])
    assert str(run.states()) == str(before[1])


@pytest.mark.parametrize("count", [1, 4])
def test_moments_of_another_dtype_are_refused(count):
    run = Run(OPTIMIZERS["Adam"], True, [(3,)] * count).train()
    for p in run.params:
        p.grad = None
        p.data = p.data.float()
        p.grad = mg.ones(3)
    with pytest.raises(RuntimeError, match="float32 has a exp_avg of shape .3,. and float64; make a new optimizer"):
        run.optimizer.step()


@pytest.mark.parametrize("count", [1, 4])
def test_a_step_that_is_no_tensor_is_refused(count):
    run = Run(OPTIMIZERS["Adam"], True, [(3,)] * count).train()
    run.state(0)["step"] = 0
    with pytest.raises(RuntimeError, match="Adam: its step must be a tensor, not int"):
        run.optimizer.step()


def test_a_write_is_noted_so_that_an_old_graph_refuses():
    ps = [mg.ones(2, requires_grad=True) for _ in range(3)]
    optimizer = optim.Adam(ps)
    for _ in range(3):
        loss = sum((p * p).sum() for p in ps)
        loss.backward(retain_graph=True)
        optimizer.step()
        with pytest.raises(RuntimeError, match="changed by an in-place operation"):
            loss.backward()
