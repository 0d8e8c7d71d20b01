"""SGD, Momentum and Adam; `minigrad.optim` adds checks, state dicts and other optimizers."""

from collections import defaultdict

import numpy as np

from . import module, record
from .quiet import restore, silence
from .record import replaceable
from .tensor import wrap


class Optimizer:
    """The base of all optimizers: a subclass gives `defaults` for its options, and `_update`.

    `params` is an iterable of tensors, or of dictionaries ("groups") of tensors under "params" and
    options that differ from the defaults. `state` has a dictionary of tensors for each parameter.
    """

    def __init__(self, params, defaults):
        self.defaults = defaults
        self.state = defaultdict(dict)
        self.param_groups = []
        params = list(params)
        for group in params if isinstance(params[0], dict) else [{"params": params}]:
            self.add_param_group(group)

    def add_param_group(self, param_group):
        """Optimize more parameters: a dictionary of "params" and the options that differ."""
        group = {**self.defaults, **param_group}
        self.param_groups.append({**group, "params": list(group["params"])})

    def zero_grad(self, set_to_none=True):
        """Drop the gradients of all parameters or, without `set_to_none`, set them to 0."""
        for group in self.param_groups:
            module.zero_grad(group["params"], set_to_none)

    def step(self, closure=None):
        """Update all parameters that have a gradient; return the loss of `closure`, if given."""
        loss = None
        if closure is not None:
            with record.enable_grad():
                loss = closure()
        alarms = silence()
        try:
            for group in self.param_groups:
                update_all(self, group, [p for p in group["params"] if p._grad is not None])
        finally:
            restore(alarms)
        return loss

    def _update(self, x, g, state, group):
        """Move the array `x` in place, given its gradient, its state and its group's options."""
        raise NotImplementedError(f"{type(self).__name__} does not define how to update")


@replaceable
def update_all(optimizer, group, params):
    """Update these parameters of a group."""
    for p in params:
        check_fit(optimizer, p._array, p._grad, optimizer.state[p])
    record.note_write(*[p._array for p in params])
    for p in params:
        optimizer._update(p._array, p._grad._array, optimizer.state[p], group)


def check_fit(optimizer, x, grad, state):
    """Raise RuntimeError unless a parameter's gradient and state have its shape and dtype."""
    for name, value in (("gradient", grad), *state.items()):
        y = getattr(value, "_array", None)
        if name == "step":
            if y is None:
                kind = type(optimizer).__name__
                raise RuntimeError(f"{kind}: its step must be a tensor, not {type(value).__name__}")
        elif y is not None and (y.shape != x.shape or y.dtype is not x.dtype):
            raise RuntimeError(
                f"{type(optimizer).__name__}: a parameter of shape {x.shape} and {x.dtype} has a "
                f"{name} of shape {y.shape} and {y.dtype}; make a new optimizer for it"
            )


def downhill(x, g, group):
    """Return the gradient of what is minimized, including the penalty's."""
    g = -g if group["maximize"] else g
    return g + group["weight_decay"] * x if group["weight_decay"] else g


def count_step(state):
    """Count a step in the state; return its number."""
    if "step" not in state:
        state["step"] = module.overwrite(module.empty(()), 0)
    state["step"]._array += 1
    return state["step"]._array.item(0)


def kept(state, name, x):
    """Return the array of this name in the state, at first zeros like `x`."""
    if state.get(name) is None:
        state[name] = wrap(np.zeros_like(x))
    return state[name]._array


class SGD(Optimizer):
    """Stochastic gradient descent. With gradient g, at every step

        g <- g + weight_decay * x
        v <- momentum * v + (1 - dampening) * g    (v starts as the first g)
        x <- x - lr * v                            (with nesterov: x - lr * (g + momentum * v))

    Sutskever et al. 2013, section 2, with lr outside of v, as in PyTorch. With `maximize` the
    gradient is climbed. ValueError for negative options, and `nesterov` without momentum.
    """

    def __init__(
        self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *,
        maximize=False
    ):  # fmt: skip
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "nesterov": nesterov}
        super().__init__(params, {**options, "weight_decay": weight_decay, "maximize": maximize})

    def _update(self, x, g, state, group):
        g = downhill(x, g, group)
        momentum = group["momentum"]
        if momentum:
            is_first = state.get("momentum_buffer") is None
            v = kept(state, "momentum_buffer", x)
            v *= momentum
            v += g if is_first else (1 - group["dampening"]) * g
            g = g + momentum * v if group["nesterov"] else v
        x -= group["lr"] * g


class Momentum(SGD):
    """`SGD` with a momentum of 0.9 unless told otherwise."""

    def __init__(
        self, params, lr=1e-3, momentum=0.9, dampening=0, weight_decay=0, nesterov=False, *,
        maximize=False
    ):  # fmt: skip
        super().__init__(params, lr, momentum, dampening, weight_decay, nesterov, maximize=maximize)


class Adam(Optimizer):
    """Adaptive moments (Kingma and Ba 2015, algorithm 1), with (beta1, beta2) = betas.

        m <- beta1 * m + (1 - beta1) * g
        v <- beta2 * v + (1 - beta2) * g**2
        x <- x - lr * (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + eps)

    With `amsgrad` the largest v so far takes the place of v (Reddi et al. 2018). ValueError for
    betas outside [0, 1).
    """

    def __init__(
        self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *,
        maximize=False
    ):  # fmt: skip
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, {**options, "amsgrad": amsgrad, "maximize": maximize})

    @replaceable
    def _update(self, x, g, state, group):
        g = downhill(x, g, group)
        t = count_step(state)
        beta1, beta2 = group["betas"]
        m = kept(state, "exp_avg", x)
        v = kept(state, "exp_avg_sq", x)
        m[...] = beta1 * m + (1 - beta1) * g
        v[...] = beta2 * v + (1 - beta2) * g**2
        if group["amsgrad"]:
            largest = kept(state, "max_exp_avg_sq", x)
            v = np.maximum(largest, v, out=largest)
        x -= group["lr"] * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + group["eps"])
