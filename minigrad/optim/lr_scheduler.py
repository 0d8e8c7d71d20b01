"""Schedules of the learning rate: call `step()` once an epoch, after the optimizer's steps.

In the formulas t is `last_epoch` (0 at construction, one more at each `step()`) and base a group's
"initial_lr". Most rates are made from those of the epoch before, whoever set them: several
schedulers can act on one optimizer, and a group that was added later takes part. Where base is
needed, it is a ValueError that the scheduler does not know it.
"""

import math
import warnings
from bisect import bisect_left, bisect_right
from collections import Counter

from .. import absent
from ..core.tensor import Tensor
from .optimizer import Optimizer, copied


def _require(condition, message, error=ValueError):
    """Raise the error unless the condition holds."""
    if not condition:
        raise error(message)


def _check_optimizer(optimizer):
    """Raise TypeError unless this is an optimizer."""
    name = type(optimizer).__name__
    _require(isinstance(optimizer, Optimizer), f"{name} is not an Optimizer", TypeError)


def _for_each(name, optimizer, value):
    """Return a list of one value for each group; a value that is no list stands for all."""
    count = len(optimizer.param_groups)
    values = list(value) if isinstance(value, (list, tuple)) else [value] * count
    _require(len(values) == count, f"Expected {count} {name}, but got {len(values)}")
    return values


def _warn_of_epoch(scheduler):
    """Warn of an epoch that was given to a scheduler's `step`."""
    text = f"{type(scheduler).__name__}: the epoch parameter of step() is deprecated; leave it out"
    warnings.warn(text, UserWarning, stacklevel=3)


def _set_rate(group, lr):
    """Set the rate of a group, in place if it is a tensor."""
    if isinstance(group["lr"], Tensor):
        group["lr"].fill_(float(lr))
    else:
        group["lr"] = lr


class LRScheduler:
    """The base of all schedulers.

    A subclass sets its options, calls this constructor, and defines `get_lr`. A `last_epoch` other
    than -1 continues from there; KeyError for groups that then have no "initial_lr".
    """

    def __init__(self, optimizer, last_epoch=-1):
        _check_optimizer(optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            message = f"param_groups[{i}] has no 'initial_lr' to continue from"
            _require("initial_lr" in group, message, KeyError)
        self.optimizer = optimizer
        self.last_epoch = last_epoch
        self._step_count = 0  # 1 while the first rates are set, of epoch 0 or after `last_epoch`
        self.base_lrs = [copied(group["initial_lr"]) for group in optimizer.param_groups]
        self.step()

    def get_lr(self):
        """Return the rate of each group at `last_epoch`.

        When it is called, `group["lr"]` still is that of the epoch before.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no get_lr(); write one that gives each group's rate"
        )

    def get_last_lr(self):
        """Return the rate of each group that the last step set."""
        return self._last_lr

    def step(self, epoch=None):
        """Set the rates of the next epoch, or of `epoch`, which is deprecated and warns."""
        if epoch is not None:
            _warn_of_epoch(self)
            earlier = range(epoch)
            self._restart()
            for _ in earlier:
                self.step()
        self._step_count += 1
        self.last_epoch += 1
        rates = self.get_lr()
        self._require_one_each(rates, "rates")
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            _set_rate(group, lr)
        self._last_lr = self._rates()

    def _restart(self):
        """Go back to before the first epoch."""
        for group, base in zip(self.optimizer.param_groups, self._bases(), strict=True):
            _set_rate(group, base)
        self.last_epoch = -1
        self._step_count = 0

    def _require_one_each(self, values, name, error=ValueError):
        """Raise the error unless there is a value for each group."""
        kind = type(self).__name__
        count = len(self.optimizer.param_groups)
        _require(
            len(values) == count,
            f"{kind}: {len(values)} {name} for the {count} param_groups of the optimizer; "
            f"after add_param_group, give {kind} what it keeps for each group for the new one too",
            error,
        )

    def _bases(self):
        """Return the initial rate of each group."""
        self._require_one_each(self.base_lrs, "base_lrs")
        return self.base_lrs

    def _rates(self, factor=1):
        """Return the present rate of each group, times a factor."""
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def state_dict(self):
        """Return the scheduler's attributes, without its functions and its optimizer.

        The rates are in the optimizer's own state.
        """
        others = ("optimizer", "lr_lambdas", "default_min_lr")
        return {name: value for name, value in vars(self).items() if name not in others}

    def load_state_dict(self, state_dict):
        """Continue from what `state_dict` gave. ValueError if it is of another scheduler."""
        own = self.state_dict()
        _require(
            own.keys() <= state_dict.keys(),
            f"{type(self).__name__}: the loaded state lacks some of {list(own)}",
        )
        vars(self).update({name: state_dict[name] for name in own})


class LambdaLR(LRScheduler):
    """lr = base * lr_lambda(t), with one function or a list of one for each group.

    `state_dict` has no functions.
    """

    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        self.lr_lambdas = _for_each("lr_lambdas", optimizer, lr_lambda)
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        self._require_one_each(self.lr_lambdas, "lr_lambdas")
        pairs = zip(self.lr_lambdas, self._bases(), strict=True)
        return [base * function(self.last_epoch) for function, base in pairs]


class StepLR(LRScheduler):
    """lr = base * gamma ** (t // step_size)."""

    def __init__(self, optimizer, step_size, gamma=0.1, last_epoch=-1):
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        unchanged = self.last_epoch == 0 or self.last_epoch % self.step_size
        return self._rates(1 if unchanged else self.gamma)


class MultiStepLR(LRScheduler):
    """lr = base * gamma ** (how many of the milestones are at most t)."""

    def __init__(self, optimizer, milestones, gamma=0.1, last_epoch=-1):
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return self._rates(self.gamma ** self.milestones[self.last_epoch])


class ExponentialLR(LRScheduler):
    """lr = base * gamma ** t."""

    def __init__(self, optimizer, gamma, last_epoch=-1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return self._rates(1 if self._step_count == 1 else self.gamma)


class ConstantLR(LRScheduler):
    """lr = base * factor while t < total_iters, then base; ValueError unless 0 <= factor <= 1."""

    def __init__(self, optimizer, factor=1.0 / 3, total_iters=5, last_epoch=-1):
        _require(0 <= factor <= 1, f"ConstantLR: factor must lie in [0, 1], got {factor}")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if self.last_epoch == 0:
            return self._rates(self.factor)
        return self._rates(1 if self.last_epoch != self.total_iters else 1 / self.factor)


class LinearLR(LRScheduler):
    """lr = base * (start_factor + (end_factor - start_factor) * min(t, total_iters) / total_iters).

    ValueError for a `start_factor` outside (0, 1] or an `end_factor` outside [0, 1].
    """

    def __init__(
        self, optimizer, start_factor=1.0 / 3, end_factor=1.0, total_iters=5, last_epoch=-1
    ):
        message = f"LinearLR: start_factor must lie in (0, 1], got {start_factor}"
        _require(0 < start_factor <= 1, message)
        _require(0 <= end_factor <= 1, f"LinearLR: end_factor must lie in [0, 1], got {end_factor}")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t = self.last_epoch
        n = self.total_iters
        start = self.start_factor
        rise = self.end_factor - start
        if t == 0:
            return self._rates(start)
        if self._step_count == 1 or t > n:
            return self._rates()
        return self._rates(1.0 + rise / (n * start + (t - 1) * rise))


class CosineAnnealingLR(LRScheduler):
    """lr = eta_min + (base - eta_min) * (1 + cos(pi * t / T_max)) / 2.

    Loshchilov and Hutter 2017, equation 5.
    """

    def __init__(self, optimizer, T_max, eta_min=0.0, last_epoch=-1):
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t = self.last_epoch
        half = self.T_max
        low = self.eta_min
        rates = self._rates()
        if self._step_count == 1:
            return rates
        if (t - 1 - half) % (2 * half) == 0:  # the rate was eta_min: no factor leads away from it
            rise = (1 - math.cos(math.pi / half)) / 2
            return [lr + (base - low) * rise for lr, base in zip(rates, self._bases(), strict=True)]
        factor = (1 + math.cos(math.pi * t / half)) / (1 + math.cos(math.pi * (t - 1) / half))
        return [factor * (lr - low) + low for lr in rates]


class CosineAnnealingWarmRestarts(LRScheduler):
    """CosineAnnealingLR that begins anew after T_0 epochs, then after T_mult times as many each.

    Loshchilov and Hutter 2017, equation 5.
    ValueError unless T_0 and T_mult are positive integers and eta_min is a number.
    """

    def __init__(self, optimizer, T_0, T_mult=1, eta_min=0.0, last_epoch=-1):
        is_right = all(isinstance(n, int) and n > 0 for n in (T_0, T_mult))
        _require(is_right, f"T_0 and T_mult must be positive integers, not {T_0!r} and {T_mult!r}")
        _require(isinstance(eta_min, (int, float)), f"eta_min must be a number, not {eta_min!r}")
        self.T_0 = self.T_i = T_0  # epochs from the last start to the next, of which T_cur are over
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        height = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * height for base in self._bases()]

    def step(self, epoch=None):
        """Set the rates of the next epoch, or of `epoch`, which may be a fraction.

        ValueError for a negative one.
        """
        if epoch is None and self.last_epoch >= 0:
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        else:
            epoch = 0 if epoch is None else epoch
            _require(epoch >= 0, f"step(): the epoch must not be negative, got {epoch}")
            self.T_i = self.T_0
            self.T_cur = epoch
            self.last_epoch = math.floor(epoch) - 1
            while self.T_cur >= self.T_i:
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
        super().step()


class OneCycleLR(LRScheduler):
    """One rise to max_lr and one fall for a whole training: call `step` after each batch.

    The rate begins at max_lr / div_factor, is highest after the part `pct_start` of the steps, and
    ends at that beginning / final_div_factor; with `three_phase` it first falls as it rose. It goes
    along a cosine, or a line with `anneal_strategy="linear"`. With `cycle_momentum` the momentum,
    or the first beta, goes the other way: from `max_momentum` down to `base_momentum`, and back.

    There are `total_steps` or, without it, `epochs` * `steps_per_epoch`. ValueError without either,
    for a step beyond the last, for another strategy, and with `cycle_momentum` for an optimizer
    without momentum. Smith and Topin 2017.
    """

    def __init__(
        self, optimizer, max_lr, total_steps=None, epochs=None, steps_per_epoch=None,
        pct_start=0.3, anneal_strategy="cos", cycle_momentum=True, base_momentum=0.85,
        max_momentum=0.95, div_factor=25.0, final_div_factor=1e4, three_phase=False, last_epoch=-1
    ):  # fmt: skip
        _check_optimizer(optimizer)
        counts = [epochs, steps_per_epoch] if total_steps is None else [total_steps]
        is_right = all(isinstance(n, int) and n > 0 for n in counts)
        _require(is_right, f"OneCycleLR: the steps must be positive integers, got {counts}")
        is_right = isinstance(pct_start, float) and 0 <= pct_start <= 1
        _require(is_right, f"OneCycleLR: pct_start must be a float in [0, 1], got {pct_start!r}")
        is_right = anneal_strategy in ("cos", "linear")
        _require(is_right, f"OneCycleLR: anneal_strategy {anneal_strategy!r} is not cos or linear")
        is_right = not cycle_momentum or {"betas", "momentum"} & optimizer.defaults.keys()
        _require(is_right, "OneCycleLR: the optimizer has no momentum; use cycle_momentum=False")
        self.total_steps = n = math.prod(counts)
        self._anneal_func_type = anneal_strategy
        self.cycle_momentum = cycle_momentum
        up = (pct_start * n - 1, "initial_lr", "max_lr", "max_momentum", "base_momentum")
        rows = [up, (n - 1, "max_lr", "min_lr", "base_momentum", "max_momentum")]
        if three_phase:
            down = (2 * up[0], "max_lr", "initial_lr", "base_momentum", "max_momentum")
            rows = [up, down, (n - 1, "initial_lr", "min_lr", "max_momentum", "max_momentum")]
        names = ("end_step", "start_lr", "end_lr", "start_momentum", "end_momentum")
        self._schedule_phases = [dict(zip(names, row, strict=True)) for row in rows]
        highest = _for_each("max_lr", optimizer, max_lr)
        low = _for_each("base_momentum", optimizer, base_momentum)
        high = _for_each("max_momentum", optimizer, max_momentum)
        for i, group in enumerate(optimizer.param_groups if last_epoch == -1 else ()):
            start = highest[i] / div_factor
            group.update(initial_lr=start, max_lr=highest[i], min_lr=start / final_div_factor)
            if cycle_momentum:
                group.update(max_momentum=high[i], base_momentum=low[i])
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t = self.last_epoch
        _require(t <= self.total_steps, f"OneCycleLR: {t} is beyond the {self.total_steps} steps")
        ends = [0, *(phase["end_step"] for phase in self._schedule_phases)]
        i = bisect_left(ends[1:-1], t)
        phase = self._schedule_phases[i]
        share = (t - ends[i]) / (ends[i + 1] - ends[i])

        def between(group, what):
            first = group[phase[f"start_{what}"]]
            last = group[phase[f"end_{what}"]]
            if self._anneal_func_type == "linear":
                return first + (last - first) * share
            return last + (first - last) * (1 + math.cos(math.pi * share)) / 2

        for group in self.optimizer.param_groups if self.cycle_momentum else ():
            momentum = between(group, "momentum")
            if "betas" in group:
                group["betas"] = (momentum, *group["betas"][1:])
            else:
                group["momentum"] = momentum
        return [between(group, "lr") for group in self.optimizer.param_groups]


class SequentialLR(LRScheduler):
    """One scheduler after the other: `schedulers[i + 1]` starts at epoch `milestones[i]`.

    Its t is then 0. ValueError for schedulers of another optimizer, or a SequentialLR or
    ReduceLROnPlateau among them.
    """

    def __init__(self, optimizer, schedulers, milestones, last_epoch=-1):
        _require(
            len(schedulers) == len(milestones) + 1,
            "SequentialLR: expected one more scheduler than milestones",
        )
        for each in schedulers:
            _check_part(each, optimizer)
        self._schedulers = schedulers
        self._milestones = milestones
        self.optimizer = optimizer
        self.last_epoch = last_epoch
        self.step()

    def step(self):
        """Set the rates of the next epoch."""
        self.last_epoch += 1
        current = self._schedulers[bisect_right(self._milestones, self.last_epoch)]
        if self.last_epoch in (0, *self._milestones):
            current._restart()
        current.step()
        self._last_lr = current.get_last_lr()

    def state_dict(self):
        states = [each.state_dict() for each in self._schedulers]
        return {**super().state_dict(), "_schedulers": states}

    def load_state_dict(self, state_dict):
        for each, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            each.load_state_dict(state)
        super().load_state_dict({**state_dict, "_schedulers": self._schedulers})


def _check_part(scheduler, optimizer):
    """Raise an error unless a `SequentialLR` of this optimizer can have this scheduler."""
    name = type(scheduler).__name__
    is_scheduler = isinstance(scheduler, LRScheduler)
    _require(is_scheduler, f"SequentialLR: {name} is no scheduler", TypeError)
    excluded = isinstance(scheduler, (SequentialLR, ReduceLROnPlateau))
    _require(not excluded, f"SequentialLR does not support {name}")
    own = scheduler.optimizer is optimizer
    _require(own, f"SequentialLR: {name} belongs to another optimizer")


class ReduceLROnPlateau(LRScheduler):
    """lr = max(lr * factor, min_lr) once more than `patience` epochs have not improved the metric.

    The metric is given to `step`. In mode "min" it is better if below best * (1 - threshold) or, by
    threshold_mode "abs", best - threshold; in mode "max" if above the same with a plus. The
    `cooldown` epochs after a reduction do not count; a change of at most `eps` is not made;
    `min_lr` may be a list of one for each group. ValueError for any other options, RuntimeError if
    there are more groups than the list has rates by the time of a reduction.
    """

    def __init__(
        self, optimizer, mode="min", factor=0.1, patience=10, threshold=1e-4, threshold_mode="rel",
        cooldown=0, min_lr=0, eps=1e-8
    ):  # fmt: skip
        _check_optimizer(optimizer)
        _require(factor < 1, f"ReduceLROnPlateau: factor must be below 1, got {factor}")
        _require(mode in ("min", "max"), f"ReduceLROnPlateau: mode {mode!r} is unknown")
        _require(
            threshold_mode in ("rel", "abs"),
            f"ReduceLROnPlateau: threshold_mode {threshold_mode!r} is unknown",
        )
        self.optimizer = optimizer
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.eps = eps
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self._last_lr = self._rates()
        self.best = math.inf if mode == "min" else -math.inf
        self.default_min_lr = None if isinstance(min_lr, (list, tuple)) else min_lr
        self.min_lrs = _for_each("min_lrs", optimizer, min_lr)
        self.last_epoch = 0
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    def step(self, metrics, epoch=None):
        """Record an epoch's metric, a number or a 0-d tensor; reduce the rates if it is time.

        `epoch` is deprecated and warns.
        """
        metric = float(metrics)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if epoch is not None:
            _warn_of_epoch(self)
        better = self._is_better(metric)
        if better:
            self.best = metric
        self.num_bad_epochs = 0 if better or self.cooldown_counter > 0 else self.num_bad_epochs + 1
        self.cooldown_counter = max(self.cooldown_counter - 1, 0)
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = self._rates()

    def _is_better(self, metric):
        """Tell whether the metric is better than the best one by more than the threshold."""
        margin = self.threshold if self.mode == "min" else -self.threshold
        bound = self.best * (1 - margin) if self.threshold_mode == "rel" else self.best - margin
        return metric < bound if self.mode == "min" else metric > bound

    def _reduce(self):
        """Reduce the rate of each group."""
        groups = self.optimizer.param_groups
        if self.default_min_lr is not None:
            self.min_lrs += [self.default_min_lr] * (len(groups) - len(self.min_lrs))
        self._require_one_each(self.min_lrs, "min_lrs", RuntimeError)
        for group, low in zip(groups, self.min_lrs, strict=True):
            lr = max(float(group["lr"]) * self.factor, low)
            if group["lr"] - lr > self.eps:
                _set_rate(group, lr)


__getattr__ = absent.getattr_of("minigrad.optim.lr_scheduler", globals())
