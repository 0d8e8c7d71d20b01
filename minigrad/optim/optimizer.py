"""What all optimizers share: groups of parameters with their options, the state kept for each parameter, saving."""

import numbers
from collections import defaultdict

import numpy as np

from ..autograd import graph
from ..autograd.grad_mode import enable_grad
from ..dtypes import get_default_dtype
from ..nn.module import zero_grad
from ..quiet import restore, silence
from ..tensor import Tensor, wrap
from .packing import SMALL, Pack


def counter(steps=0):
    """The number of steps taken so far as a state keeps it."""
    return np.array(steps, get_default_dtype())


class Optimizer:
    """The base of all optimizers: a subclass gives `defaults` for its options, `_check` and `_update`.

    `params` is an iterable of tensors, or of dictionaries ("groups") which have tensors under "params" and options
    that differ from the defaults. Raises TypeError for what is neither (a single tensor, a set), ValueError for
    no parameters, one that was computed rather than made, one given twice, or an option out of its range.
    """

    _packs_small = False  # whether `_update` takes many calls of NumPy and treats each number alike: see packing.py

    def __init__(self, params, defaults):
        if isinstance(params, (Tensor, dict, str)):
            kind = type(params).__name__
            raise TypeError(
                f"{self._name}: params must be an iterable of Tensors or dictionaries, not a {kind}; list it"
            )
        params = list(params)
        if not params:
            raise ValueError(f"{self._name} got an empty parameter list")
        self.defaults, self.state, self.param_groups = defaults, defaultdict(dict), []
        self._buffers, self._packs = {}, {}
        for group in params if isinstance(params[0], dict) else [{"params": params}]:
            self.add_param_group(group)

    @property
    def _name(self):
        return type(self).__name__

    def add_param_group(self, param_group):
        """Optimize further parameters: a dictionary with "params" and the options in which they differ.

        The errors are those of the constructor.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"{self._name}: param_group must be a dict, not {type(param_group).__name__}")
        if "params" not in param_group:
            raise KeyError(
                f"{self._name}: a group needs its tensors under the key 'params'; it has {sorted(param_group)}"
            )
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError(f"{self._name}: a set of parameters has a new order in each run; use a list")
        params = [params] if isinstance(params, Tensor) else list(params)
        for option in param_group.keys() - self.defaults.keys():  # a name or the like; but what is nearly an option?
            import difflib  # here, since every program would wait for what only an error needs

            if near := difflib.get_close_matches(option, self.defaults):
                raise ValueError(f"{self._name} has no option {option!r}; did you mean {near[0]!r}?")
        known = {id(p) for group in self.param_groups for p in group["params"]}
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"{self._name} can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not p.is_leaf:
                raise ValueError(f"{self._name} can't optimize a non-leaf Tensor: that of shape {p.shape} was computed")
            if id(p) in known:
                raise ValueError(f"{self._name}: the parameter of shape {p.shape} was given twice")
            known.add(id(p))
        group = {**self.defaults, **param_group, "params": params}
        self._check(group)
        self.param_groups.append(group)

    def _check(self, group):
        """Raise an error for an option of the group that is out of range. A subclass may define it."""

    def _update(self, x, g, state, group):
        """Move the array `x` in place, given its gradient `g`, the `state` kept for it, and its group's options."""
        raise NotImplementedError(f"{self._name} does not define how parameters are updated")

    def _check_not_negative(self, group, *options):
        for option in options:
            if not isinstance(group[option], numbers.Real):
                raise TypeError(f"{self._name}: {option} must be a number, not {type(group[option]).__name__}")
            if not group[option] >= 0:
                raise ValueError(f"{self._name}: {option} must not be negative, got {group[option]}")

    @staticmethod
    def _direction(x, g, group):
        """The gradient of what is minimised: with `maximize` the negative one, and the penalty's share added."""
        g = -g if group["maximize"] else g
        return g + group["weight_decay"] * x if group["weight_decay"] else g

    def _buffer(self, x):
        """An array like `x` to compute in, the same for all of one shape: updates then make no temporaries."""
        key = x.shape, x.dtype
        if key not in self._buffers:
            self._buffers[key] = np.empty_like(x)
        return self._buffers[key]

    def zero_grad(self, set_to_none=True):
        """Drop the gradients of all parameters or, without `set_to_none`, fill them with zeros in place."""
        for group in self.param_groups:
            zero_grad(group["params"], set_to_none)

    def step(self, closure=None):
        """Update every parameter that has a gradient; returns what `closure`, called first, returns.

        RuntimeError for a gradient of another shape or dtype than its parameter's, or a state of another shape.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        alarms = silence()
        try:
            for position, group in enumerate(self.param_groups):
                self._update_group(position, group)
        finally:
            restore(alarms)
        return loss

    def _update_group(self, position, group):
        alone, small = [], []
        for p in group["params"]:
            if p._grad is not None:
                x, g = p._array, p._grad._array
                if g.shape != x.shape or g.dtype != x.dtype:
                    raise RuntimeError(
                        f"{self._name}: a parameter of shape {x.shape} and {x.dtype} has a gradient of shape "
                        f"{g.shape} and {g.dtype}"
                    )
                (small if self._packs_small and x.size <= SMALL else alone).append(p)
        if len(small) > 2 and (pack := self._packed(position, small)):
            pack.gather()
            self._update(pack.x, pack.g, pack.state, group)
            pack.scatter()
        else:
            alone += small
        if alone:
            graph.note_write(*[p._array for p in alone])  # all at once, and before one of them may fail
        for p in alone:
            state = self.state[p]
            if state:
                self._check_state(p, state)
            self._update(p._array, p._grad._array, state, group)

    def _check_state(self, p, state):
        for name, value in state.items():
            if name == "step" and not isinstance(value, Tensor):
                kind = type(value).__name__
                raise RuntimeError(f"{self._name}: the step in a state must be a tensor, not {kind}")
            if name != "step" and isinstance(value, Tensor) and value.shape != p.shape:
                raise RuntimeError(
                    f"{self._name}: a parameter of shape {p.shape} has a state of another: the {name} has "
                    f"{value.shape}; make a new optimizer for a parameter of a new shape"
                )

    def _packed(self, position, params):
        """These parameters of a group as one, or None where they cannot be updated together in this step."""
        states = [self.state[p] for p in params]
        pack = self._packs.get(position)
        if not pack or not pack.holds(params, states):
            for p, state in zip(params, states, strict=True):
                self._check_state(p, state)
            pack = Pack(params, states) if Pack.possible(params, states) else None
            self._packs[position] = pack
        return pack if pack and pack.in_step() else None

    def __getstate__(self):
        not_copied = ("_buffers", "_packs")
        return {name: value for name, value in vars(self).items() if name not in not_copied}

    def __setstate__(self, state):
        vars(self).update(state, _buffers={}, _packs={})

    def state_dict(self):
        """A dictionary with "state", by the position of a parameter, and "param_groups", with such positions."""
        positions = {p: i for i, p in enumerate(p for group in self.param_groups for p in group["params"])}
        groups = [{**group, "params": [positions[p] for p in group["params"]]} for group in self.param_groups]
        return {"state": {positions[p]: dict(s) for p, s in self.state.items() if s}, "param_groups": groups}

    def load_state_dict(self, state_dict):
        """Continue from what `state_dict` gave: copies the state, and takes over the groups' options.

        ValueError, with nothing changed, unless the groups have as many parameters, of the same shapes, and the
        options of this optimizer.
        """
        groups, saved = self.param_groups, state_dict["param_groups"]
        sizes, saved_sizes = ([len(group["params"]) for group in side] for side in (groups, saved))
        if sizes != saved_sizes:
            raise ValueError(f"{self._name}: the loaded groups have {saved_sizes} parameters, its own have {sizes}")
        parameters = {}
        for group, saved_group in zip(groups, saved, strict=True):
            missing = [option for option in self.defaults if option not in saved_group]
            if missing:
                raise ValueError(f"{self._name}: the loaded state is another optimizer's, it has no {missing[0]!r}")
            self._check(saved_group)
            parameters.update(zip(saved_group["params"], group["params"], strict=True))
        state = defaultdict(dict)
        for position, values in state_dict["state"].items():
            if position not in parameters:
                raise ValueError(f"{self._name}: the loaded state has parameter {position}, its groups do not")
            p = parameters[position]
            state[p] = {name: self._loaded(name, value, p) for name, value in values.items()}
        self.state = state
        for group, saved_group in zip(groups, saved, strict=True):
            group.update({option: value for option, value in saved_group.items() if option != "params"})

    def _loaded(self, name, value, p):
        if name == "step":  # in older files a plain number
            return wrap(value._array.copy() if isinstance(value, Tensor) else counter(value))
        if not isinstance(value, Tensor):
            return value
        if value.shape != p.shape:
            raise ValueError(f"{self._name}: the loaded {name} has shape {value.shape}, its parameter {p.shape}")
        return wrap(value._array.astype(p.dtype))

    def __repr__(self):
        lines = []
        for position, group in enumerate(self.param_groups):
            options = [f"    {option}: {group[option]}" for option in sorted(group) if option != "params"]
            lines += [f"Parameter Group {position}", *options, ""]
        return f"{self._name} (\n" + "\n".join(lines[:-1]) + "\n)"
