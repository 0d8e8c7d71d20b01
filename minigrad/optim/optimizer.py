"""What PyTorch's Optimizer can do beyond the core's: checks, closures, state dicts, printing."""

import functools
import numbers
from collections import defaultdict
from inspect import Parameter, Signature, signature

import numpy as np

from ..absent import refuse
from ..core.optim import Optimizer
from ..core.record import enable_grad
from ..core.tensor import Tensor, wrap
from ..dtypes import get_default_dtype
from ..extension import extends


def step_array(steps):
    """Return a number of steps as a state holds it."""
    return np.array(steps, get_default_dtype())


# Options that choose how PyTorch computes, not what; files from before they were there lack them.
SWITCHES = {"foreach": None, "fused": None}
SWITCHES |= {"capturable": False, "differentiable": False, "decoupled_weight_decay": False}


def with_switches(init, names):
    """Return a constructor that takes these keywords, too, and adds them to the defaults."""
    switches = {name: SWITCHES[name] for name in names.split()}

    @functools.wraps(init)
    def __init__(self, *arguments, **options):
        chosen = {name: options.pop(name, value) for name, value in switches.items()}
        self._switches = chosen | vars(self).get("_switches", {})  # those of a subclass win
        init(self, *arguments, **options)

    added = [Parameter(name, Parameter.KEYWORD_ONLY, default=switches[name]) for name in switches]
    __init__.__signature__ = Signature([*signature(init).parameters.values(), *added])
    return __init__


def copied(value):
    """Return the value of an option, a copy if it is a tensor."""
    return value.clone() if isinstance(value, Tensor) else value


@functools.wraps(Optimizer.step)
def step_with_tensors(self, closure=None):
    with enable_grad():
        loss = None if closure is None else closure()
    given = [(g, g["lr"]) for g in self.param_groups if isinstance(g.get("lr"), Tensor)]
    try:
        for group, lr in given:
            group["lr"] = lr.item()
        self._step()
    finally:
        for group, lr in given:
            group["lr"] = lr
    return loss


@extends(Optimizer)
class _:
    _init = Optimizer.__init__
    _step = Optimizer.step

    def __init__(self, params, defaults):
        if isinstance(params, (Tensor, dict, str)):
            raise TypeError(
                f"{self._name}: params must be an iterable of Tensors or dictionaries, "
                f"not a {type(params).__name__}; list it"
            )
        params = list(params)
        if not params:
            raise ValueError(f"{self._name} got an empty parameter list")
        self._init(params, {**defaults, **vars(self).pop("_switches", {})})

    @property
    def _name(self):
        return type(self).__name__

    def add_param_group(self, param_group):
        """Optimize more parameters: a dictionary of "params" and the options that differ.

        The errors are those of the constructor.
        """
        if not isinstance(param_group, dict):
            raise TypeError(
                f"{self._name}: param_group must be a dict, not {type(param_group).__name__}"
            )
        if "params" not in param_group:
            raise KeyError(
                f"{self._name}: a group needs its tensors under the key 'params'; "
                f"it has {sorted(param_group)}"
            )
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError(
                f"{self._name}: a set of parameters has a new order in each run; use a list"
            )
        params = [params] if isinstance(params, Tensor) else list(params)
        self._check_names(param_group)
        pairs = [p for p in params if isinstance(p, tuple) and len(p) == 2]  # with names
        if pairs:
            param_group = {**param_group, "param_names": [name for name, _ in pairs]}
        named = {"param_names" in group for group in (*self.param_groups, param_group)}
        if len(pairs) not in (0, len(params)) or len(named) == 2:
            raise ValueError(f"{self._name}: all parameters must have names, or none")
        params = [p for _, p in pairs] or params
        self._check_params(params)
        group = {**self.defaults, **param_group, "params": params}
        self._check_switches(group)
        self._check(group)
        self.param_groups.append(group)

    def _check_names(self, param_group):
        """Raise ValueError for a key that is nearly an option; others may be there, as a name."""
        for option in param_group.keys() - self.defaults.keys():
            import difflib  # here, since every program would wait for what only an error needs

            near = difflib.get_close_matches(option, self.defaults)
            if near:
                raise ValueError(
                    f"{self._name} has no option {option!r}; did you mean {near[0]!r}?"
                )

    def _check_params(self, params):
        """Raise an error unless these are leaf tensors that are in no group yet, each once."""
        seen = {id(p) for group in self.param_groups for p in group["params"]}
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(
                    f"{self._name} can only optimize Tensors, "
                    f"but one of the params is {type(p).__name__}"
                )
            if not p.is_leaf:
                raise ValueError(
                    f"{self._name} can't optimize a non-leaf Tensor: "
                    f"that of shape {p.shape} was computed"
                )
            if id(p) in seen:
                raise ValueError(f"{self._name}: the parameter of shape {p.shape} was given twice")
            seen.add(id(p))

    def _check_switches(self, group):
        """Raise an error for a switch that cannot be on."""
        for name in ("capturable", "differentiable"):
            if group.get(name):
                refuse(self._name, f"{name}=True")
        if group.get("fused") and group.get("foreach"):
            raise RuntimeError(f"{self._name}: fused and foreach cannot both be True")

    def _check(self, group):
        """Raise an error for an option that is out of range. A subclass may define it."""

    def _check_not_negative(self, group, *options):
        """Raise an error unless these options are numbers of at least 0; lr may be a tensor."""
        for option in options:
            value = group[option]
            if option == "lr" and isinstance(value, Tensor):
                if value.numel() != 1:
                    raise ValueError(f"{self._name}: lr as a tensor must have one element")
                Optimizer.step = step_with_tensors  # of all: no step need look who has a tensor
            elif not isinstance(value, numbers.Real):
                raise TypeError(
                    f"{self._name}: {option} must be a number, not {type(value).__name__}"
                )
            if not value >= 0:
                raise ValueError(f"{self._name}: {option} must not be negative, got {value}")

    def state_dict(self):
        """Return a dictionary with "state" and "param_groups".

        In both, the position of a parameter stands for it.
        """
        params = [p for group in self.param_groups for p in group["params"]]
        positions = {p: i for i, p in enumerate(params)}
        groups = []
        for group in self.param_groups:
            groups.append({**group, "params": [positions[p] for p in group["params"]]})
        state = {positions[p]: dict(values) for p, values in self.state.items() if values}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict):
        """Continue from what `state_dict` gave: copy the state, take over the groups' options.

        ValueError, with nothing changed, unless the groups have as many parameters, of the same
        shapes, and the options of this optimizer.
        """
        saved_groups = state_dict["param_groups"]
        parameters = self._params_by_position(saved_groups)
        state = defaultdict(dict)
        for position, values in state_dict["state"].items():
            if position not in parameters:
                raise ValueError(
                    f"{self._name}: the loaded state has parameter {position}, its groups do not"
                )
            p = parameters[position]
            state[p] = {name: self._loaded_value(name, value, p) for name, value in values.items()}
        self.state = state
        for group, saved in zip(self.param_groups, saved_groups, strict=True):
            group.update({name: copied(x) for name, x in saved.items() if name != "params"})

    def _params_by_position(self, saved_groups):
        """Return {position: parameter}; ValueError unless the saved groups fit to the own ones."""
        sizes = [len(group["params"]) for group in self.param_groups]
        saved_sizes = [len(group["params"]) for group in saved_groups]
        if sizes != saved_sizes:
            raise ValueError(
                f"{self._name}: the loaded groups have {saved_sizes} parameters, "
                f"its own have {sizes}"
            )
        parameters = {}
        for group, saved in zip(self.param_groups, saved_groups, strict=True):
            missing = [x for x in self.defaults if x not in saved and x not in SWITCHES]
            if missing:
                raise ValueError(
                    f"{self._name}: the loaded state is another optimizer's, "
                    f"it has no {missing[0]!r}"
                )
            self._check_switches(saved)
            self._check({**group, **saved})
            parameters.update(zip(saved["params"], group["params"], strict=True))
        return parameters

    def _loaded_value(self, name, value, p):
        """Return a value of a loaded state, copied, as the state of the parameter `p` holds it."""
        if name == "step" and isinstance(value, Tensor):
            return wrap(value._array.copy())
        if name == "step" and type(self)._update is not Optimizer._update:
            return wrap(step_array(value))  # in older files a plain number
        if not isinstance(value, Tensor):
            return value
        if value.shape != p.shape:
            raise ValueError(
                f"{self._name}: the loaded {name} has shape {value.shape}, its parameter {p.shape}"
            )
        return wrap(value._array.astype(p.dtype))

    def __repr__(self):
        lines = []
        for position, group in enumerate(self.param_groups):
            options = sorted(group.keys() - {"params"})
            lines.append(f"Parameter Group {position}")
            lines += [f"    {option}: {group[option]}" for option in options]
            lines.append("")
        return f"{self._name} (\n" + "\n".join(lines[:-1]) + "\n)"
