"""What PyTorch's Module can do beyond the core's: hooks, state dicts, conversions, printing."""

import itertools
from collections import OrderedDict, namedtuple

import numpy as np

from ..absent import refuse
from ..autograd.hooks import HookHandle
from ..core.module import Module, Parameter, joined, named, overwrite
from ..core.tensor import Tensor, wrap
from ..dtypes import float32, float64, is_floating
from ..device import checked_device
from ..extension import extends
from .backward_hooks import Crossing
from .functional.checks import check_usual
from .uninitialized import Uninitialized

KINDS = {"_parameters": Parameter, "_modules": Module, "_buffers": Tensor}


@extends(Parameter)
class _:
    def __deepcopy__(self, memo):  # without the gradient, as PyTorch does
        memo[id(self)] = copied = type(self)(wrap(self._array.copy()), self.requires_grad)
        return copied

    def __repr__(self):
        return f"Parameter containing:\n{Tensor.__repr__(self)}"


class LoadedKeys(namedtuple("LoadedKeys", "missing_keys unexpected_keys")):
    """The names that `load_state_dict` found on one side only."""

    __slots__ = ()

    def __repr__(self):
        return super().__repr__() if any(self) else "<All keys matched successfully>"


_EXTRA_STATE = "_extra_state"

# What PyTorch calls and programs override there, against its documentation.
_NEVER_CALLED = {
    "_apply",
    "_call_impl",
    "_get_name",
    "_load_from_state_dict",
    "_named_members",
    "_save_to_state_dict",
}

core_init = Module.__init__
core_register = Module._register


@extends(Module)
class _:
    call_super_init = False

    def __init__(self, *args, **kwargs):
        if (args or kwargs) and not self.call_super_init:
            raise TypeError(
                f"{type(self).__name__}: Module.__init__() takes no arguments, "
                f"got {args} and {kwargs}"
            )
        core_init(self)
        hooks = {"_forward_hooks": {}, "_forward_pre_hooks": {}, "_backward_hooks": {}}
        self.__dict__.update(**hooks, _not_persistent=set())
        if self.call_super_init:
            super(Module, self).__init__(*args, **kwargs)

    def __setattr__(self, name, value):
        if isinstance(value, Parameter):
            return self._register("_parameters", name, value)
        if isinstance(value, Module) and name not in self.__dict__.get("_parameters", ()):
            return self._register("_modules", name, value)
        for kind, accepted in KINDS.items():
            if name in self.__dict__.get(kind, ()):
                if value is not None and not isinstance(value, accepted):
                    raise TypeError(
                        f"{type(self).__name__}.{name} must be a {accepted.__name__} or None, not "
                        f"{type(value).__name__}; `del` it first to give the name another meaning"
                    )
                self.__dict__[kind][name] = value
        object.__setattr__(self, name, value)

    def _register(self, kind, name, value):
        """Make `value`, or None, the parameter, buffer or module `name`, and nothing else."""
        if kind not in self.__dict__:
            raise AttributeError(
                f"cannot assign {name!r} to {type(self).__name__} yet: "
                "call super().__init__() at the start of __init__"
            )
        accepted = KINDS[kind]
        if value is not None and not isinstance(value, accepted):
            raise TypeError(
                f"{kind[1:-1]} {name!r} must be a {accepted.__name__} or None, "
                f"not {type(value).__name__}"
            )
        if name not in self.__dict__[kind]:
            self._not_persistent.discard(name)
        core_register(self, kind, name, value)

    def __delattr__(self, name):
        object.__delattr__(self, name)
        for kind in KINDS:
            self.__dict__[kind].pop(name, None)
        self._not_persistent.discard(name)

    def __init_subclass__(cls, **kwargs):
        super(Module, cls).__init_subclass__(**kwargs)
        for name in _NEVER_CALLED & vars(cls).keys():
            raise NotImplementedError(
                f"class {cls.__name__} defines {name}(), which minigrad would never call; "
                "PyTorch does"
            )

    def _check_and_register(self, kind, name, value):
        """Do as `_register`, unless the value or the name is wrong, or the name is in use."""
        what = kind[1:-1]
        if not isinstance(name, str):
            raise TypeError(f"{what} name should be a string, not {type(name).__name__}")
        if not name or "." in name:
            raise KeyError(f'{what} name must not be empty or contain ".", got {name!r}')
        is_attribute = name in self.__dict__ or hasattr(type(self), name)
        if is_attribute and name not in self.__dict__.get(kind, ()):
            raise KeyError(
                f"{type(self).__name__} already has an attribute {name!r}; use another {what} name"
            )
        self._register(kind, name, value)

    def register_parameter(self, name, param):
        """Add a parameter, or with None the place of an absent one. KeyError for a name in use."""
        self._check_and_register("_parameters", name, param)

    def register_buffer(self, name, tensor, persistent=True):
        """Add a tensor that is state but not learned; `state_dict` has it only if `persistent`."""
        self._check_and_register("_buffers", name, tensor)
        if persistent:
            self._not_persistent.discard(name)
        else:
            self._not_persistent.add(name)

    def register_module(self, name, module):
        """Add a child. KeyError for a name in use."""
        self._check_and_register("_modules", name, module)

    add_module = register_module

    def __getattr__(self, name):
        message = f"{type(self).__name__!r} object has no attribute {name!r}"
        if "_modules" not in self.__dict__:
            raise AttributeError(f"{message}; its __init__ must call super().__init__() first")
        import difflib  # here, since every program would wait for what only an error needs

        near = difflib.get_close_matches(name, dir(self))
        if near:
            message += f"; did you mean {' or '.join(map(repr, near))}?"
        raise AttributeError(message)

    def __dir__(self):
        return [name for name in object.__dir__(self) if not name[0].isdigit()]

    def named_children(self):
        """Yield name and module, for the modules directly in this one, each once."""
        seen = {None}
        for name, child in self._modules.items():
            if child not in seen:
                seen.add(child)
                yield name, child

    def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
        """Yield what `named_parameters` does, for the tensors that are state but not learned."""
        return named(self, "_buffers", prefix, recurse, remove_duplicate)

    def modules(self, remove_duplicate=True):
        """Yield this module and all those inside it, each once unless told otherwise."""
        return (module for _, module in self.named_modules(remove_duplicate=remove_duplicate))

    def children(self):
        """Yield the modules directly in this one, each once."""
        return (child for _, child in self.named_children())

    def buffers(self, recurse=True):
        """Yield the buffers of this module and, if `recurse`, of all inside it, each once."""
        return (tensor for _, tensor in self.named_buffers(recurse=recurse))

    def apply(self, fn):
        """Call `fn` with every module inside this one, children first, then with this one.

        Return the module.
        """
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def requires_grad_(self, requires_grad=True):
        """Learn all parameters, or freeze them; return the module.

        TypeError unless True or False is given.
        """
        if not isinstance(requires_grad, bool):
            raise TypeError(
                f"requires_grad_(): requires_grad must be True or False, not {requires_grad!r}"
            )
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def to(self, *args, **kwargs):
        """Convert the floating parameters and buffers in place, as `Tensor.to`; return the module.

        A parameter stays the same object. TypeError unless the dtype is floating, RuntimeError
        unless on the "cpu" and for `copy`.
        """
        probe = wrap(np.empty(0, float32)).to(*args, **kwargs)
        if probe.to(*args, **kwargs) is not probe:
            raise RuntimeError(
                "Module.to(): converts in place and takes no copy argument; see copy.deepcopy()"
            )
        dtype = probe.dtype
        if not is_floating(dtype):
            raise TypeError(
                f"Module.to(): modules can only be converted to floating dtypes, not to {dtype}"
            )
        for tensor in itertools.chain(self.parameters(), self.buffers()):
            for converted in (tensor, tensor.grad):
                if converted is not None and is_floating(converted.dtype):
                    converted._array = converted.detach().to(*args, **kwargs)._array
        return self

    def float(self):
        """Convert the module to float32, as `to(float32)`."""
        return self.to(float32)

    def double(self):
        """Convert the module to float64, as `to(float64)`."""
        return self.to(float64)

    def cpu(self):
        """Return the module itself: there is no other device."""
        return self

    def cuda(self, device=None):
        """Raise RuntimeError, for there is no other device than the CPU."""
        checked_device("cuda", "cuda")

    def get_extra_state(self):
        """Return what else belongs to the module's state.

        A module that has such state defines this and `set_extra_state`.
        """
        raise RuntimeError(
            f"{type(self).__name__} has no extra state: it does not define get_extra_state()"
        )

    def set_extra_state(self, state):
        """Take over what `get_extra_state` gave."""
        raise RuntimeError(
            f"{type(self).__name__} has no extra state: it does not define set_extra_state()"
        )

    def _own_state(self):
        """Yield name and tensor, for the parameters and persistent buffers of this module alone."""
        for name, tensor in (*self._parameters.items(), *self._buffers.items()):
            if tensor is not None and name not in self._not_persistent:
                yield name, tensor

    def state_dict(self, *, destination=None, prefix="", keep_vars=False):
        """Return the parameters and persistent buffers by dotted name, which `prefix` begins.

        The tensors use the memory of the module's own or, with `keep_vars`, are these themselves.
        What a module's `get_extra_state` gives is there under its name and "_extra_state". All is
        added to the dictionary `destination`, if there is one.
        """
        state = OrderedDict() if destination is None else destination
        for name, tensor in self._own_state():
            state[prefix + name] = tensor if keep_vars else tensor.detach()
        if type(self).get_extra_state is not Module.get_extra_state:
            state[prefix + _EXTRA_STATE] = self.get_extra_state()
        for name, child in self._modules.items():
            if child is not None:
                options = {"prefix": f"{prefix}{name}.", "keep_vars": keep_vars}
                child.state_dict(destination=state, **options)
        return state

    def _state_by_name(self):
        """Return what a state dict is loaded into, by dotted name.

        That is a tensor or, for extra state, a module.
        """
        own = {}
        for path, module in self.named_modules(remove_duplicate=False):
            own.update((joined(path, name), tensor) for name, tensor in module._own_state())
            if type(module).set_extra_state is not Module.set_extra_state:
                own[joined(path, _EXTRA_STATE)] = module
        return own

    def load_state_dict(self, state_dict, strict=True, assign=False):
        """Copy the values of `state_dict` into the module; return the keys on one side only.

        They are its `missing_keys` and `unexpected_keys`. RuntimeError, with nothing changed, that
        lists every tensor of another shape and, if `strict`, every missing or unexpected key.
        TypeError unless `state_dict` is a dictionary, NotImplementedError for `assign`.
        """
        check_usual("load_state_dict", assign=(assign, False))
        if not hasattr(state_dict, "keys"):
            raise TypeError(
                f"load_state_dict(): expected a dictionary, not {type(state_dict).__name__}"
            )
        own = self._state_by_name()
        missing = [name for name in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in own]
        pairs = {name: (own[name], state_dict[name]) for name in own if name in state_dict}
        faults = []
        if strict:
            faults += key_faults("Missing", missing) + key_faults("Unexpected", unexpected)
        faults += value_faults(pairs)
        if faults:
            faults = "\n\t".join(faults)
            raise RuntimeError(
                f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{faults}"
            )
        for target, given in pairs.values():
            if isinstance(target, Module):
                target.set_extra_state(given)
            elif not isinstance(given, Uninitialized):
                if isinstance(target, Uninitialized):
                    target.materialize(given.shape)
                overwrite(target, given._array)
        return LoadedKeys(missing, unexpected)

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
        """Call `hook(module, args)` before every forward; return a handle.

        What it returns, unless None, replaces `args`. With `with_kwargs` it is called with the
        keywords, too, and returns both or None; with `prepend` before all others.
        """
        Module.__call__ = call_forward_with_hooks  # from the first hook on
        return HookHandle(self._forward_pre_hooks, (hook, with_kwargs), prepend)

    def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False, always_call=False):
        """Call `hook(module, args, output)` after every forward; return a handle.

        What it returns, unless None, is the output. With `with_kwargs` it is called with `(module,
        args, kwargs, output)`, with `prepend` before all others. NotImplementedError for
        `always_call`.
        """
        check_usual("register_forward_hook", always_call=(always_call, False))
        Module.__call__ = call_forward_with_hooks
        return HookHandle(self._forward_hooks, (hook, with_kwargs), prepend)

    def register_full_backward_hook(self, hook, prepend=False):
        """Call `hook(module, grad_input, grad_output)` when backward has the inputs' gradients.

        They are tuples, with None for what has no gradient; `grad_input` is of the arguments given
        by position. What the hook returns, unless None, replaces `grad_input`; RuntimeError if it
        does not fit. Return a handle.
        """
        Module.__call__ = call_forward_with_hooks
        return HookHandle(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook):
        """Raise NotImplementedError: PyTorch has deprecated it for the hook above."""
        refuse("Module", "register_backward_hook", "use register_full_backward_hook")

    def extra_repr(self):
        """Return what is printed between the module's brackets, for example its sizes."""
        return ""

    def __repr__(self):
        lines = self.extra_repr().splitlines()
        lines += [f"({name}): {child!r}" for name, child in self._modules.items()]
        body = "\n".join(lines).replace("\n", "\n  ")
        if self._modules or len(lines) > 1:
            body = f"\n  {body}\n"
        return f"{type(self).__name__}({body})"


def key_faults(what, names):
    """Return a list with what an error says about missing or unexpected keys, empty for none."""
    if not names:
        return []
    return [f"{what} key(s) in state_dict: " + ", ".join(f'"{name}"' for name in names)]


def value_faults(pairs):
    """Return what is wrong with {name: (the module's tensor, the given one)}."""
    faults = []
    for name, (tensor, given) in pairs.items():
        if isinstance(tensor, Module):
            continue
        if not isinstance(given, Tensor):
            faults.append(f"expected a Tensor for {name}, not {type(given).__name__}")
        elif not isinstance(tensor, Uninitialized) and given.shape != tensor.shape:
            faults.append(
                f"size mismatch for {name}: given {given.shape}, the model has {tensor.shape}"
            )
    return faults


def call_forward_with_hooks(module, *args, **kwargs):
    """Call `forward`, with the hooks before and after it; return the output."""
    for hook, with_kwargs in list(module._forward_pre_hooks.values()):
        replaced = hook(module, args, kwargs) if with_kwargs else hook(module, args)
        if replaced is not None and with_kwargs:
            args, kwargs = _both(replaced)
        elif replaced is not None:
            args = replaced if isinstance(replaced, tuple) else (replaced,)
    crossing = Crossing(module) if module._backward_hooks else None
    if crossing:
        args = crossing.inputs(args)
    output = module.forward(*args, **kwargs)
    for hook, with_kwargs in list(module._forward_hooks.values()):
        given = (args, kwargs) if with_kwargs else (args,)
        replaced = hook(module, *given, output)
        output = output if replaced is None else replaced
    return crossing.outputs(output) if crossing else output


def _both(replaced):
    """Return what a hook `with_kwargs` gave; RuntimeError unless it is arguments and keywords."""
    if not isinstance(replaced, tuple) or len(replaced) != 2:
        raise RuntimeError(
            "forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got "
            f"{replaced}"
        )
    return replaced
