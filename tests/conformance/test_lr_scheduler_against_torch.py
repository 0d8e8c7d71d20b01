"""Every scheduler against PyTorch's: the rates of two groups over many epochs, and the steps that optimizers make."""

import inspect
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad as mg
from minigrad.optim import lr_scheduler

from .errors import assert_same_error

torch = pytest.importorskip("torch")

EPOCHS = 120
LIBRARIES = (mg, torch)


def grid(name, **options):
    """A case for each combination of the options' values."""
    return [(name, dict(zip(options, values, strict=True))) for values in itertools.product(*options.values())]


def squared(t):
    return 1 / (1 + t) ** 2


def cycled(t):
    return 0.5 + t % 3


CASES = [
    *grid("StepLR", step_size=[1, 2, 7, 200], gamma=[0.1, 0.9, 1.5]),
    ("StepLR", {"step_size": 30}),
    *grid("MultiStepLR", milestones=[[], [1], [0, 3], [5, 5, 9], [80, 30], [119]], gamma=[0.1, 2.0]),
    ("MultiStepLR", {"milestones": [30, 80]}),
    *grid("ExponentialLR", gamma=[0.5, 0.97, 1.0, 1.01]),
    *grid("LinearLR", start_factor=[0.01, 1.0], end_factor=[0.0, 0.5, 1.0], total_iters=[1, 5, 100]),
    ("LinearLR", {}),
    *grid("CosineAnnealingLR", T_max=[1, 2, 3, 10, 119, 300], eta_min=[0.0, 0.01]),
    *grid("LambdaLR", lr_lambda=[squared, cycled, [squared, cycled]]),
    *grid("ConstantLR", factor=[0.1, 1.0], total_iters=[0, 1, 7, 200]),
    ("ConstantLR", {}),
    *grid("CosineAnnealingWarmRestarts", T_0=[1, 7, 200], T_mult=[1, 2, 3], eta_min=[0.0, 0.01]),
    *grid(
        "OneCycleLR",
        max_lr=[2.0, [0.5, 3.0]],
        total_steps=[EPOCHS, 3 * EPOCHS],
        pct_start=[0.3, 0.9],
        anneal_strategy=["cos", "linear"],
        three_phase=[False],
    ),
    *grid("OneCycleLR", max_lr=[2.0], total_steps=[EPOCHS, 300], anneal_strategy=["cos", "linear"], three_phase=[True]),
    ("OneCycleLR", {"max_lr": 1.0, "epochs": 13, "steps_per_epoch": 10, "div_factor": 5.0, "final_div_factor": 10.0}),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": EPOCHS, "cycle_momentum": False}),
]
EACH_CASE = pytest.mark.parametrize(("name", "options"), CASES, ids=lambda v: v if isinstance(v, str) else "")

SEQUENCES = [
    ([("LinearLR", {}), ("CosineAnnealingLR", {"T_max": 50})], [5]),
    ([("LinearLR", {"total_iters": 9}), ("StepLR", {"step_size": 4}), ("ExponentialLR", {"gamma": 0.9})], [10, 60]),
    ([("ExponentialLR", {"gamma": 0.9}), ("LambdaLR", {"lr_lambda": cycled})], [1]),
    ([("MultiStepLR", {"milestones": [2, 3]}), ("LinearLR", {"end_factor": 0.5})], [7]),
    ([("StepLR", {"step_size": 3}), ("CosineAnnealingLR", {"T_max": 1})], [4]),
    ([("ConstantLR", {"factor": 0.1, "total_iters": 4}), ("CosineAnnealingWarmRestarts", {"T_0": 5})], [6]),
    ([("CosineAnnealingWarmRestarts", {"T_0": 5, "T_mult": 2}), ("LinearLR", {"total_iters": 9})], [23]),
    ([("LinearLR", {}), ("ConstantLR", {"factor": 0.5})], [6]),
    ([("StepLR", {"step_size": 3}), ("LinearLR", {}), ("ExponentialLR", {"gamma": 0.5})], [4, 4]),
    ([("StepLR", {"step_size": 3}), ("ExponentialLR", {"gamma": 0.5})], [0]),
    ([("ExponentialLR", {"gamma": 0.5})], []),
]
EACH_SEQUENCE = pytest.mark.parametrize(("parts", "milestones"), SEQUENCES)


def optimizer_of(lib, kind="SGD", **options):
    first, second = (lib.nn.Parameter(lib.ones(n, dtype=lib.float64)) for n in (3, 2))
    groups = [{"params": [first]}, {"params": [second], "lr": 0.7}]
    return getattr(lib.optim, kind)(groups, lr=0.1, **options)


def made(lib, optimizer, name, options):
    return getattr(lib.optim.lr_scheduler, name)(optimizer, **options)


def sequence(lib, optimizer, parts, milestones):
    schedulers = [made(lib, optimizer, name, options) for name, options in parts]
    return lib.optim.lr_scheduler.SequentialLR(optimizer, schedulers, milestones)


def rates(optimizer, *schedulers, epochs=EPOCHS):
    """The rates from now on, of which the last step of the last scheduler tells the same."""
    history = []
    for _ in range(epochs):
        now = [group["lr"] for group in optimizer.param_groups]
        assert schedulers[-1].get_last_lr() == now
        history.append(now)
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    return history


def of_both(run):
    ours, theirs = (run(lib) for lib in LIBRARIES)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-300)
    return ours


# -- Rates ---------------------------------------------------------------------------------------------------


@EACH_CASE
def test_the_rates_of_two_groups(name, options):
    def run(lib):
        optimizer = optimizer_of(lib)
        return rates(optimizer, made(lib, optimizer, name, options))

    of_both(run)


@pytest.mark.parametrize(
    ("name", "options", "formula"),
    [
        ("StepLR", {"step_size": 7, "gamma": 0.9}, lambda t: 0.9 ** (t // 7)),
        ("MultiStepLR", {"milestones": [5, 5, 9], "gamma": 0.5}, lambda t: 0.5 ** sum(t >= m for m in (5, 5, 9))),
        ("ExponentialLR", {"gamma": 0.97}, lambda t: 0.97**t),
        (
            "LinearLR",
            {"start_factor": 0.2, "end_factor": 0.8, "total_iters": 30},
            lambda t: 0.2 + 0.6 * min(t, 30) / 30,
        ),
        ("CosineAnnealingLR", {"T_max": 40}, lambda t: (1 + np.cos(np.pi * t / 40)) / 2),
        ("LambdaLR", {"lr_lambda": squared}, squared),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_formulas_of_the_docstrings(name, options, formula):
    optimizer = optimizer_of(mg)
    wanted = [[0.1 * formula(t), 0.7 * formula(t)] for t in range(EPOCHS)]
    np.testing.assert_allclose(rates(optimizer, made(mg, optimizer, name, options)), wanted, rtol=1e-9, atol=1e-15)


CHAINED = [
    ("LinearLR", {"total_iters": 10}),
    ("CosineAnnealingLR", {"T_max": 25, "eta_min": 0.001}),
    ("ExponentialLR", {"gamma": 0.98}),
    ("StepLR", {"step_size": 20}),
    ("MultiStepLR", {"milestones": [3, 50]}),
]


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(CHAINED, 2)), ids=str)
def test_two_schedulers_act_on_one_optimizer_together(first, second):
    def run(lib):
        optimizer = optimizer_of(lib)
        return rates(optimizer, *[made(lib, optimizer, *each) for each in (first, second)])

    of_both(run)


@EACH_SEQUENCE
def test_one_after_the_other(parts, milestones):
    def run(lib):
        optimizer = optimizer_of(lib)
        return rates(optimizer, sequence(lib, optimizer, parts, milestones))

    of_both(run)


@pytest.mark.parametrize("kind", ["SGD", "Adam", "RMSprop"])
@pytest.mark.parametrize("case", [CASES[0], ("CosineAnnealingLR", {"T_max": 30}), ("LinearLR", {})], ids=str)
def test_the_parameters_that_an_optimizer_with_momentum_reaches(kind, case):
    def run(lib):
        optimizer = optimizer_of(lib, kind, **({} if kind == "Adam" else {"momentum": 0.9}))
        scheduler = made(lib, optimizer, *case)
        history = []
        for epoch in range(EPOCHS):
            parameters = [p for group in optimizer.param_groups for p in group["params"]]
            optimizer.zero_grad()
            sum(0.3 * ((p - epoch % 3) ** 2).sum() for p in parameters).backward()
            optimizer.step()
            scheduler.step()
            history.append([p.sum().item() for p in parameters])
        return history

    ours, theirs = (run(lib) for lib in LIBRARIES)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_momentum_goes_the_other_way_in_one_cycle():
    def run(lib, kind, options):
        optimizer = optimizer_of(lib, kind)
        scheduler = lib.optim.lr_scheduler.OneCycleLR(optimizer, 0.5, 40, **options)
        history = []
        for _ in range(40):
            groups = optimizer.param_groups
            history.append([group["betas"][0] if kind == "Adam" else group["momentum"] for group in groups])
            optimizer.step()
            scheduler.step()
        assert kind == "SGD" or optimizer.param_groups[0]["betas"][1] == 0.999
        return history

    for kind in ("SGD", "Adam"):
        for options in ({}, {"base_momentum": [0.1, 0.2], "max_momentum": 0.9, "three_phase": True}):
            np.testing.assert_allclose(run(mg, kind, options), run(torch, kind, options), rtol=1e-12)


@pytest.mark.filterwarnings("ignore:Detected call of")
@EACH_CASE
def test_the_epoch_can_be_given(name, options):
    def run(lib):
        optimizer = optimizer_of(lib)
        scheduler = made(lib, optimizer, name, options)
        history = []
        for epoch in (3, 4, 1, None, 9, None, None, 0, 30, 62, None):
            if epoch is None or name == "CosineAnnealingWarmRestarts":
                scheduler.step(epoch)
            else:
                with pytest.warns(UserWarning, match="epoch parameter .*deprecated"):
                    scheduler.step(epoch)
            history.append([*scheduler.get_last_lr(), scheduler.last_epoch])
        return history

    if name == "ConstantLR" and options.get("total_iters") == 0 or options.get("T_max") in (1, 3, 2):
        return  # PyTorch divides by what rounding left
    ours, theirs = (run(lib) for lib in LIBRARIES)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-15)


def test_restarts_at_parts_of_epochs():
    def run(lib):
        optimizer = optimizer_of(lib)
        scheduler = lib.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 2, 3, 0.01)
        history = []
        for i in range(60):
            optimizer.step()
            scheduler.step(i / 4 + 0.1)
            history.append([*scheduler.get_last_lr(), scheduler.last_epoch, scheduler.T_i])
        return history

    of_both(run)


def test_a_plateau_with_the_epoch_given():
    for lib in LIBRARIES:
        scheduler = lib.optim.lr_scheduler.ReduceLROnPlateau(optimizer_of(lib), patience=0, factor=0.5)
        with pytest.warns(UserWarning, match="epoch parameter .*deprecated"):
            scheduler.step(1.0, 7)
        scheduler.step(2.0)
        assert scheduler.last_epoch == 8 and scheduler.get_last_lr() == [0.05, 0.35]


RATES_IN_TENSORS = [*CASES[:2], *CASES[-1:], ("LinearLR", {}), ("LambdaLR", {"lr_lambda": squared}), ("ConstantLR", {})]
RATES_IN_TENSORS += [("CosineAnnealingLR", {"T_max": 9}), ("CosineAnnealingWarmRestarts", {"T_0": 4})]


@pytest.mark.parametrize(("name", "options"), RATES_IN_TENSORS, ids=lambda v: v if isinstance(v, str) else "")
def test_rates_that_are_tensors(name, options):
    def run(lib):
        optimizer = optimizer_of(lib)
        rates = [lib.tensor(lr, dtype=lib.float64) for lr in (0.1, 0.7)]
        for group, lr in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = lr
        scheduler = made(lib, optimizer, name, options)
        history = []
        for _ in range(15):
            optimizer.step()
            scheduler.step()
            history.append([lr.item() for lr in rates])
            assert history[-1] == [lr.item() for lr in scheduler.get_last_lr()]
        return history

    of_both(run)


# -- Continuing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("done", [0, 1, 5, 30])
@EACH_CASE
def test_continues_from_its_state_and_from_pytorchs(name, options, done):
    optimizer = optimizer_of(mg)
    scheduler = made(mg, optimizer, name, options)
    rates(optimizer, scheduler, epochs=done)
    theirs = optimizer_of(torch)
    their_scheduler = made(torch, theirs, name, options)
    rates(theirs, their_scheduler, epochs=done)
    states = [(optimizer.state_dict(), scheduler.state_dict()), (optimizer.state_dict(), their_scheduler.state_dict())]
    for optimizer_state, scheduler_state in states:
        continued = optimizer_of(mg)
        again = made(mg, continued, name, options)
        continued.load_state_dict(optimizer_state)
        again.load_state_dict(scheduler_state)
        assert again.last_epoch == done
        whole = optimizer_of(mg)
        wanted = rates(whole, made(mg, whole, name, options))[done:]
        np.testing.assert_allclose(rates(continued, again, epochs=EPOCHS - done), wanted, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("done", [0, 4, 11, 70])
@EACH_SEQUENCE
def test_a_sequence_continues_from_its_state(parts, milestones, done):
    optimizer = optimizer_of(mg)
    scheduler = sequence(mg, optimizer, parts, milestones)
    rates(optimizer, scheduler, epochs=done)
    continued = optimizer_of(mg)
    again = sequence(mg, continued, parts, milestones)
    continued.load_state_dict(optimizer.state_dict())
    again.load_state_dict(scheduler.state_dict())
    left = EPOCHS - done
    assert rates(continued, again, epochs=left) == rates(optimizer, scheduler, epochs=left)


@pytest.mark.parametrize("last_epoch", [0, 1, 6, 29])
@EACH_CASE
def test_continues_from_a_last_epoch(name, options, last_epoch):
    if "total_steps" in options or "epochs" in options:
        options = {**options, "total_steps": 200}

    def run(lib):
        optimizer = optimizer_of(lib)
        for group, lr in zip(optimizer.param_groups, (0.05, 0.3), strict=True):
            group.update(initial_lr=group["lr"], lr=lr)
            group.update(max_lr=0.9, min_lr=0.01, max_momentum=0.9, base_momentum=0.8)
        return rates(optimizer, made(lib, optimizer, name, {**options, "last_epoch": last_epoch}))

    of_both(run)


# -- ReduceLROnPlateau ---------------------------------------------------------------------------------------

PLATEAUS = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(["min", "max"]),
        "factor": st.sampled_from([0.1, 0.5, 0.9]),
        "patience": st.integers(0, 4),
        "threshold": st.sampled_from([0, 1e-4, 0.1]),
        "threshold_mode": st.sampled_from(["rel", "abs"]),
        "cooldown": st.integers(0, 4),
        "min_lr": st.sampled_from([0, 0.01, [0.05, 0.001]]),
        "eps": st.sampled_from([1e-8, 0.02]),
    },
)
METRICS = st.lists(st.one_of(st.integers(-3, 3), st.floats(-2, 2), st.just(float("nan"))), min_size=1, max_size=120)


@settings(max_examples=300, deadline=None)
@given(PLATEAUS, METRICS, st.integers(0, 60))
def test_plateaus_of_any_metrics_with_its_state_saved_on_the_way(options, metrics, at):
    def run(lib):
        optimizer = optimizer_of(lib)
        scheduler = made(lib, optimizer, "ReduceLROnPlateau", options)
        history = []
        for i, metric in enumerate(metrics):
            if i == at:
                optimizer_state, state = optimizer.state_dict(), scheduler.state_dict()
                optimizer = optimizer_of(lib)
                scheduler = made(lib, optimizer, "ReduceLROnPlateau", options)
                optimizer.load_state_dict(optimizer_state)
                scheduler.load_state_dict(state)
            scheduler.step(lib.tensor(metric) if i % 2 else metric)
            history.append([*scheduler.get_last_lr(), scheduler.num_bad_epochs, scheduler.cooldown_counter])
        return history

    ours, theirs = (run(lib) for lib in LIBRARIES)
    assert ours == theirs


def test_a_plateau_is_left_after_patience_and_not_before():
    optimizer = optimizer_of(mg)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
    history = []
    for metric in [1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]:
        scheduler.step(metric)
        history.append(optimizer.param_groups[1]["lr"])
    assert history == [0.7, 0.7, 0.7, 0.7, 0.35, 0.35, 0.35, 0.175]


# -- Names, arguments, errors --------------------------------------------------------------------------------


def test_signatures_are_pytorchs():
    for name, ours in vars(lr_scheduler).items():
        if inspect.isclass(ours) and issubclass(ours, lr_scheduler.LRScheduler):
            theirs = inspect.signature(getattr(torch.optim.lr_scheduler, name)).parameters
            assert [(p.name, p.default) for p in inspect.signature(ours).parameters.values()] == [
                (p.name, p.default) for p in theirs.values()
            ]


def calls_that_fail(lib):
    s, p = lib.optim.lr_scheduler, optimizer_of(lib)
    step = s.StepLR(p, 1)

    def one_group_more():
        optimizer = optimizer_of(lib)
        scheduler = s.LambdaLR(optimizer, squared)
        optimizer.add_param_group({"params": [lib.ones(1)]})
        optimizer.step()
        scheduler.step()

    return {
        "no optimizer": lambda: s.StepLR(None, 1),
        "parameters": lambda: s.ReduceLROnPlateau([lib.ones(1)]),
        "base": lambda: s.LRScheduler(p),
        "no initial_lr": lambda: s.StepLR(optimizer_of(lib), 1, last_epoch=3),
        "one group more": one_group_more,
        "lambdas": lambda: s.LambdaLR(p, [squared]),
        "start_factor 0": lambda: s.LinearLR(p, start_factor=0),
        "start_factor 2": lambda: s.LinearLR(p, start_factor=2),
        "ConstantLR factor": lambda: s.ConstantLR(p, factor=-1),
        "ConstantLR factor 2": lambda: s.ConstantLR(p, factor=2),
        "T_0": lambda: s.CosineAnnealingWarmRestarts(p, 0),
        "T_0 1.5": lambda: s.CosineAnnealingWarmRestarts(p, 1.5),
        "T_mult": lambda: s.CosineAnnealingWarmRestarts(p, 2, 0),
        "eta_min": lambda: s.CosineAnnealingWarmRestarts(p, 2, eta_min="a"),
        "negative epoch": lambda: s.CosineAnnealingWarmRestarts(p, 2).step(-1),
        "no steps": lambda: s.OneCycleLR(p, 0.1),
        "no steps_per_epoch": lambda: s.OneCycleLR(p, 0.1, epochs=3),
        "total_steps": lambda: s.OneCycleLR(p, 0.1, 0),
        "total_steps 1.5": lambda: s.OneCycleLR(p, 0.1, 1.5),
        "epochs": lambda: s.OneCycleLR(p, 0.1, epochs=-1, steps_per_epoch=3),
        "pct_start": lambda: s.OneCycleLR(p, 0.1, 10, pct_start=1.5),
        "pct_start 1": lambda: s.OneCycleLR(p, 0.1, 10, pct_start=1),
        "anneal_strategy": lambda: s.OneCycleLR(p, 0.1, 10, anneal_strategy="log"),
        "max_lr": lambda: s.OneCycleLR(p, [0.1], 10),
        "no momentum": lambda: s.OneCycleLR(optimizer_of(lib, "Adagrad"), 0.1, 10),
        "no optimizer for a cycle": lambda: s.OneCycleLR(None, 0.1, 10),
        "a step too many": lambda: [sc.step() for sc in [s.OneCycleLR(optimizer_of(lib), 0.1, 4)] for _ in range(9)],
        "end_factor": lambda: s.LinearLR(p, end_factor=-1),
        "T_max 0": lambda: (s.CosineAnnealingLR(p, 0), p.step(), s.CosineAnnealingLR(p, 0).step()),
        "no schedulers": lambda: s.SequentialLR(p, [], []),
        "milestones": lambda: s.SequentialLR(p, [step], [3]),
        "other optimizer": lambda: s.SequentialLR(optimizer_of(lib), [step], []),
        "no scheduler": lambda: s.SequentialLR(p, [3], []),
        "plateau in a sequence": lambda: s.SequentialLR(p, [s.ReduceLROnPlateau(p)], []),
        "factor": lambda: s.ReduceLROnPlateau(p, factor=1.0),
        "mode": lambda: s.ReduceLROnPlateau(p, mode="least"),
        "threshold_mode": lambda: s.ReduceLROnPlateau(p, threshold_mode="none"),
        "min_lr": lambda: s.ReduceLROnPlateau(p, min_lr=[0.1]),
        "metric": lambda: s.ReduceLROnPlateau(p).step("a"),
        "no metric": lambda: s.ReduceLROnPlateau(p).step(),
        "keyword": lambda: s.StepLR(p, 1, verbose=True),
    }


@pytest.mark.filterwarnings("ignore:Detected call of")
@pytest.mark.parametrize("case", calls_that_fail(mg))
def test_errors_have_the_same_type(case):
    assert_same_error(calls_that_fail(mg)[case], calls_that_fail(torch)[case])


# -- Groups that are added later -------------------------------------------------------------------------------

GROWING = {
    "StepLR": lambda o, s: s.StepLR(o, 2),
    "MultiStepLR": lambda o, s: s.MultiStepLR(o, [2, 4, 4, 7]),
    "ExponentialLR": lambda o, s: s.ExponentialLR(o, 0.5),
    "LinearLR": lambda o, s: s.LinearLR(o),
    "LinearLR down": lambda o, s: s.LinearLR(o, 1.0, 0.1, 7),
    "CosineAnnealingLR": lambda o, s: s.CosineAnnealingLR(o, 20),
    "CosineAnnealingLR, a turn": lambda o, s: s.CosineAnnealingLR(o, 4),
    "LambdaLR": lambda o, s: s.LambdaLR(o, squared),
    "LambdaLR, list": lambda o, s: s.LambdaLR(o, [squared, cycled]),
    "SequentialLR": lambda o, s: s.SequentialLR(o, [s.LinearLR(o), s.StepLR(o, 2)], [5]),
    "SequentialLR, one": lambda o, s: s.SequentialLR(o, [s.ExponentialLR(o, 0.5)], []),
    "ReduceLROnPlateau": lambda o, s: s.ReduceLROnPlateau(o, patience=1, min_lr=0.02),
    "ReduceLROnPlateau, list": lambda o, s: s.ReduceLROnPlateau(o, patience=1, min_lr=[0.01, 0.03]),
}


def append_what_is_kept(scheduler):
    """Give a scheduler what it keeps for each group for a third one too."""
    for each in (scheduler, *getattr(scheduler, "_schedulers", ())):
        for name, value in (("base_lrs", 0.5), ("lr_lambdas", cycled), ("min_lrs", 0.04)):
            if len(getattr(each, name, "none")) == 2:
                getattr(each, name).append(value)


def history_with_a_group_added(lib, kind, added_at, helped):
    optimizer = optimizer_of(lib)
    scheduler = GROWING[kind](optimizer, lib.optim.lr_scheduler)
    history = []
    for epoch in range(12):
        if epoch == added_at:
            optimizer.add_param_group({"params": [lib.nn.Parameter(lib.ones(2))], "lr": 0.5})
            if helped:
                append_what_is_kept(scheduler)
        optimizer.step()
        try:
            scheduler.step(*[1.0] * ("Plateau" in kind))
        except (ValueError, RuntimeError) as error:
            assert lib is torch or "param_groups of the optimizer; after add_param_group" in str(error)
            return [*history, type(error)]
        history.append([group["lr"] for group in optimizer.param_groups])
    return history


@pytest.mark.parametrize("helped", [False, True])
@pytest.mark.parametrize("added_at", [0, 1, 3, 5, 8])
@pytest.mark.parametrize("kind", GROWING)
def test_a_group_that_is_added_later(kind, added_at, helped):
    ours, theirs = (history_with_a_group_added(lib, kind, added_at, helped) for lib in LIBRARIES)
    assert len(ours) == len(theirs)
    for mine, expected in zip(ours, theirs, strict=True):
        assert mine == (expected if isinstance(expected, type) else pytest.approx(expected, rel=1e-12))
    if helped:
        assert not any(isinstance(each, type) for each in theirs)


def test_a_schedule_continues_from_the_groups_that_are_given():
    rates = []
    for m in (mg, torch):
        p = m.zeros(2, requires_grad=True)
        optimizer = m.optim.SGD([{"params": [p], "name": "all", "lr": 0.5, "initial_lr": 2.0}], lr=0.1)
        scheduler = m.optim.lr_scheduler.StepLR(optimizer, 3, last_epoch=4)
        rates.append([])
        for _ in range(6):
            optimizer.step()
            scheduler.step()
            rates[-1].append(optimizer.param_groups[0]["lr"])
        assert optimizer.param_groups[0]["name"] == "all"
    assert rates[0] == pytest.approx(rates[1], rel=1e-12)
