"""The schedulers' own promises: state by name, refusals that teach, subclasses, and use with saved checkpoints."""

import copy

import pytest

import minigrad as mg
from minigrad.optim import lr_scheduler
from minigrad.serialization import load, save


def optimizer(lr=0.1):
    return mg.optim.SGD([mg.nn.Parameter(mg.ones(2))], lr=lr, momentum=0.9)


def rate(scheduler):
    (lr,) = scheduler.get_last_lr()
    assert lr == scheduler.optimizer.param_groups[0]["lr"]
    return lr


EACH = {
    "StepLR": lambda o: lr_scheduler.StepLR(o, 3),
    "MultiStepLR": lambda o: lr_scheduler.MultiStepLR(o, [2, 5]),
    "ExponentialLR": lambda o: lr_scheduler.ExponentialLR(o, 0.9),
    "LinearLR": lambda o: lr_scheduler.LinearLR(o),
    "CosineAnnealingLR": lambda o: lr_scheduler.CosineAnnealingLR(o, 4),
    "ConstantLR": lambda o: lr_scheduler.ConstantLR(o),
    "CosineAnnealingWarmRestarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 3),
    "OneCycleLR": lambda o: lr_scheduler.OneCycleLR(o, 0.3, 30),
    "LambdaLR": lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + t)),
    "SequentialLR": lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.LinearLR(o), lr_scheduler.MultiStepLR(o, [2])], [5]
    ),
    "ReduceLROnPlateau": lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=1),
}
EACH_KIND = pytest.mark.parametrize("kind", EACH)


def advance(scheduler, epochs):
    plateau = isinstance(scheduler, lr_scheduler.ReduceLROnPlateau)
    history = []
    for _ in range(epochs):
        scheduler.step(*[1.0] * plateau)
        history.append(rate(scheduler))
    return history


def is_scheduler(value):
    return isinstance(value, type) and issubclass(value, lr_scheduler.LRScheduler)


def test_every_scheduler_is_in_the_table():
    public = {name for name, each in vars(lr_scheduler).items() if is_scheduler(each)}
    assert public - {"LRScheduler"} == set(EACH)


@EACH_KIND
def test_the_state_goes_through_a_file(kind, tmp_path):
    first = EACH[kind](optimizer())
    advance(first, 4)
    save({"optimizer": first.optimizer.state_dict(), "scheduler": first.state_dict()}, tmp_path / "run.pt")
    loaded = load(tmp_path / "run.pt")
    second = EACH[kind](optimizer(lr=0.5))
    second.optimizer.load_state_dict(loaded["optimizer"])
    second.load_state_dict(loaded["scheduler"])
    assert second.get_last_lr() == first.get_last_lr()
    assert advance(second, 20) == advance(first, 20)


@EACH_KIND
def test_a_saved_state_does_not_change_when_the_scheduler_goes_on(kind):
    scheduler = EACH[kind](optimizer())
    advance(scheduler, 1)
    state = scheduler.state_dict()
    before = copy.deepcopy(state)
    advance(scheduler, 10)
    assert state == before


@EACH_KIND
def test_the_state_of_another_scheduler_is_refused(kind):
    scheduler = EACH[kind](optimizer())
    before = copy.deepcopy(scheduler.state_dict())
    with pytest.raises((ValueError, KeyError)):
        scheduler.load_state_dict({"last_epoch": 3})
    assert scheduler.state_dict() == before


def test_functions_and_the_optimizer_are_not_in_the_state():
    assert set(EACH["LambdaLR"](optimizer()).state_dict()) == {"base_lrs", "last_epoch", "_last_lr", "_step_count"}


def test_a_subclass_defines_get_lr_alone():
    class Halving(lr_scheduler.LRScheduler):
        def get_lr(self):
            return [base / 2**self.last_epoch for base in self.base_lrs]

    scheduler = Halving(optimizer(lr=1.0))
    assert [rate(scheduler), *advance(scheduler, 3)] == [1.0, 0.5, 0.25, 0.125]


def test_the_rate_that_a_scheduler_starts_from_is_the_one_the_optimizer_began_with():
    sgd = optimizer()
    first = lr_scheduler.ExponentialLR(sgd, 0.5)
    advance(first, 3)
    assert lr_scheduler.LambdaLR(sgd, lambda t: 1.0).get_last_lr() == [0.1]


def test_a_rate_set_by_hand_is_where_it_goes_on_from():
    scheduler = lr_scheduler.ExponentialLR(optimizer(), 0.5)
    scheduler.optimizer.param_groups[0]["lr"] = 8.0
    assert advance(scheduler, 2) == [4.0, 2.0]


def test_a_plateau_takes_a_loss_as_a_tensor():
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer(), patience=0)
    for loss in (mg.tensor(2.0), mg.tensor(3.0, requires_grad=True).detach()):
        scheduler.step(loss)
    assert rate(scheduler) == pytest.approx(0.01)
    assert type(scheduler.best) is float


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda o: lr_scheduler.StepLR("sgd", 1), TypeError, "str is not an Optimizer"),
        (lambda o: lr_scheduler.StepLR(o, 1, last_epoch=2), KeyError, r"param_groups\[0\] has no 'initial_lr'"),
        (lambda o: lr_scheduler.LRScheduler(o), NotImplementedError, r"LRScheduler has no get_lr\(\); write one"),
        (lambda o: lr_scheduler.LambdaLR(o, []), ValueError, "Expected 1 lr_lambdas, but got 0"),
        (lambda o: lr_scheduler.LinearLR(o, 0), ValueError, r"start_factor must lie in \(0, 1\], got 0"),
        (lambda o: lr_scheduler.LinearLR(o, 1, 2), ValueError, r"end_factor must lie in \[0, 1\], got 2"),
        (lambda o: lr_scheduler.ConstantLR(o, 2), ValueError, r"factor must lie in \[0, 1\], got 2"),
        (lambda o: lr_scheduler.OneCycleLR(o, 0.1), ValueError, r"steps must be positive integers, got \[None, None\]"),
        (lambda o: lr_scheduler.CyclicLR(o, 0.1, 0.2), AttributeError, "has no 'CyclicLR'; .*runs on PyTorch"),
        (lambda o: lr_scheduler.PolynomialLR(o), AttributeError, "has no 'PolynomialLR'; .*runs on PyTorch"),
        (lambda o: lr_scheduler.MultiplicativeLR(o, abs), AttributeError, "has no 'Multipl.*; .*runs on PyTorch"),
        (lambda o: lr_scheduler.ReduceLROnPlateau(o, "least"), ValueError, "mode 'least' is unknown"),
        (lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=1), ValueError, "factor must be below 1, got 1"),
        (lambda o: lr_scheduler.ReduceLROnPlateau(o, min_lr=[1, 2]), ValueError, "Expected 1 min_lrs, but got 2"),
        (
            lambda o: lr_scheduler.SequentialLR(o, [EACH["SequentialLR"](o)], []),
            ValueError,
            "SequentialLR does not support SequentialLR",
        ),
        (
            lambda o: EACH["StepLR"](o).load_state_dict(EACH["ExponentialLR"](o).state_dict()),
            ValueError,
            "StepLR: the loaded state lacks some of .*step_size",
        ),
    ],
)
def test_refusals_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call(optimizer())
