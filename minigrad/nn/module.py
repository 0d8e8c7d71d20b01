"""Module: a piece of a model, with its parameters, its buffers and the smaller modules it is made of."""

import itertools
from collections import OrderedDict, namedtuple

import numpy as np

from ..autograd import graph
from ..autograd.hooks import HookHandle
from ..dtypes import float32, float64, get_default_dtype, is_floating
from ..quiet import quiet
from ..tensor import Tensor, wrap


class Parameter(Tensor):
    """A tensor that a module learns, registered when assigned to an attribute; it uses the memory of `data`.

    TypeError unless `data` is a Tensor, RuntimeError unless its dtype is floating or `requires_grad` is False.
    """

    __slots__ = ()

    def __init__(self, data=None, requires_grad=True):
        if data is not None and not isinstance(data, Tensor):
            raise TypeError(f"Parameter(): data must be a Tensor, not {type(data).__name__}; see minigrad.tensor()")
        self._array = np.empty(0, get_default_dtype()) if data is None else data._array
        self._node = self.grad = None
        self.requires_grad = requires_grad

    def __deepcopy__(self, memo):  # without the gradient, as PyTorch does
        memo[id(self)] = copied = type(self)(wrap(self._array.copy()), self.requires_grad)
        return copied

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"


class LoadedKeys(namedtuple("LoadedKeys", "missing_keys unexpected_keys")):
    """What `load_state_dict` gives: the names that it found on one side only."""

    __slots__ = ()

    def __repr__(self):
        return super().__repr__() if any(self) else "<All keys matched successfully>"


_EXTRA_STATE = "_extra_state"

# What PyTorch calls and programs override there, against its documentation.
_NEVER_CALLED = {"_apply", "_call_impl", "_get_name", "_load_from_state_dict", "_named_members", "_save_to_state_dict"}


def _joined(path, name):
    return f"{path}.{name}" if path else name


def _lists_of(kind):
    """The methods that list the tensors of a module which are of this kind, with their names and without."""

    def named(self, prefix="", recurse=True, remove_duplicate=True):
        seen = {None}
        for path, module in self.named_modules(None, prefix, remove_duplicate) if recurse else [(prefix, self)]:
            for name, tensor in module.__dict__[kind].items():
                if tensor not in seen:
                    seen |= {tensor} if remove_duplicate else set()
                    yield _joined(path, name), tensor

    def unnamed(self, recurse=True):
        return (tensor for _, tensor in getattr(self, f"named{kind}")(recurse=recurse))

    named.__doc__ = f"Pairs of dotted name and {kind[1:-1]}, of this module and, if `recurse`, of all inside it."
    unnamed.__doc__ = f"The {kind[1:]} of this module and, if `recurse`, of all inside it, each once."
    return named, unnamed


class Module:
    """The base of all models and layers: define `__init__`, calling `super().__init__()` first, and `forward`.

    Parameters and modules assigned to attributes are found by all methods below, in the order of their definition.
    A class with further bases sets `call_super_init` to have their `__init__` called with the arguments given here.
    """

    call_super_init = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name in _NEVER_CALLED & vars(cls).keys():
            raise NotImplementedError(
                f"class {cls.__name__} defines {name}(), which minigrad would never call; PyTorch does"
            )

    def __init__(self, *args, **kwargs):
        if (args or kwargs) and not self.call_super_init:
            raise TypeError(f"{type(self).__name__}: Module.__init__() takes no arguments, got {args} and {kwargs}")
        self.training = True
        self._parameters, self._buffers, self._modules = {}, {}, {}
        self._forward_hooks, self._forward_pre_hooks, self._not_persistent = {}, {}, set()
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def forward(self, *input):
        """What the module computes. Every subclass that is called defines it."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    # A registered value stands in the instance's dictionary too: a layer reads its weight at every call, and an
    # ordinary attribute is found ten times faster than through `__getattr__`.

    def _register(self, kind, name, value):
        if kind not in self.__dict__:
            raise AttributeError(
                f"cannot assign {name!r} to {type(self).__name__} yet: call super().__init__() at the start of __init__"
            )
        if name not in self.__dict__[kind]:
            self._forget(name)
        self.__dict__[kind][name] = self.__dict__[name] = value

    def _forget(self, name):
        for kind in KINDS:
            self.__dict__[kind].pop(name, None)
        self._not_persistent.discard(name)

    def _register_new(self, kind, name, value):
        what, accepted = kind[1:-1], KINDS[kind]
        if value is not None and not isinstance(value, accepted):
            raise TypeError(f"{what} {name!r} must be a {accepted.__name__} or None, not {type(value).__name__}")
        if not isinstance(name, str):
            raise TypeError(f"{what} name should be a string, not {type(name).__name__}")
        if not name or "." in name:
            raise KeyError(f'{what} name must not be empty or contain ".", got {name!r}')
        if (name in self.__dict__ or hasattr(type(self), name)) and name not in self.__dict__.get(kind, ()):
            raise KeyError(f"{type(self).__name__} already has an attribute {name!r}; use another {what} name")
        self._register(kind, name, value)

    def register_parameter(self, name, param):
        """Add a parameter, or with None the place of an absent one. KeyError for a name in use."""
        self._register_new("_parameters", name, param)

    def register_buffer(self, name, tensor, persistent=True):
        """Add a tensor that is state but not learned; `state_dict` saves it only if `persistent`."""
        self._register_new("_buffers", name, tensor)
        (self._not_persistent.discard if persistent else self._not_persistent.add)(name)

    def register_module(self, name, module):
        """Add a child. KeyError for a name in use."""
        self._register_new("_modules", name, module)

    add_module = register_module

    def __setattr__(self, name, value):
        if isinstance(value, Parameter):
            return self._register("_parameters", name, value)
        if isinstance(value, Module) and name not in self.__dict__.get("_parameters", ()):
            return self._register("_modules", name, value)
        for kind, accepted in KINDS.items():
            if name in self.__dict__.get(kind, ()):
                if value is not None and not isinstance(value, accepted):
                    raise TypeError(
                        f"{type(self).__name__}.{name} must be a {accepted.__name__} or None, "
                        f"not {type(value).__name__}; `del` it first to give the name another meaning"
                    )
                self.__dict__[kind][name] = value
        super().__setattr__(name, value)

    def __delattr__(self, name):
        super().__delattr__(name)
        self._forget(name)

    def __getattr__(self, name):
        message = f"{type(self).__name__!r} object has no attribute {name!r}"
        if "_modules" not in self.__dict__:
            raise AttributeError(f"{message}; its __init__ must call super().__init__() first")
        import difflib  # here, since every program would wait for what only an error needs

        near = difflib.get_close_matches(name, dir(self))
        raise AttributeError(f"{message}; did you mean {' or '.join(map(repr, near))}?" if near else message)

    def __dir__(self):
        return [name for name in super().__dir__() if not name[0].isdigit()]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        """Pairs of dotted name and module: this one, whose name is `prefix`, then all those inside it."""
        memo = set() if memo is None else memo
        if self not in memo:
            memo |= {self} if remove_duplicate else set()
            yield prefix, self
            for name, child in self._modules.items():
                if child is not None:
                    yield from child.named_modules(memo, _joined(prefix, name), remove_duplicate)

    def modules(self):
        """This module and all those inside it, each once."""
        return (module for _, module in self.named_modules())

    def named_children(self):
        """Pairs of name and module, for the modules directly in this one, each once."""
        first_names = {child: name for name, child in reversed(self._modules.items()) if child is not None}
        return ((name, child) for name, child in self._modules.items() if first_names.get(child) == name)

    def children(self):
        """The modules directly in this one, each once."""
        return (child for _, child in self.named_children())

    named_parameters, parameters = _lists_of("_parameters")
    named_buffers, buffers = _lists_of("_buffers")

    def apply(self, fn):
        """Call `fn` with every module inside this one, children first, and with this one; returns the module."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def train(self, mode=True):
        """Set `training`, by which dropout and normalisation choose what they do, here and in all modules inside."""
        if not isinstance(mode, bool):
            raise ValueError(f"training mode is expected to be boolean, not {mode!r}")
        self.training = mode
        for child in self.children():  # by their own method, which a layer that stays frozen overrides
            child.train(mode)
        return self

    def eval(self):
        """As `train(False)`."""
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        """Learn all parameters, or freeze them; returns the module. TypeError unless True or False is given."""
        if not isinstance(requires_grad, bool):
            raise TypeError(f"requires_grad_(): requires_grad must be True or False, not {requires_grad!r}")
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none=True):
        """Drop the gradients of all parameters or, without `set_to_none`, fill them with zeros in place."""
        zero_grad(self.parameters(), set_to_none)

    def to(self, *args, **kwargs):
        """Convert the floating parameters and buffers in place, as `Tensor.to` would; returns the module.

        A parameter stays the same object. TypeError unless the dtype is floating, RuntimeError unless on the "cpu"
        and for `copy`.
        """
        probe = wrap(np.empty(0, float32)).to(*args, **kwargs)
        if probe.to(*args, **kwargs) is not probe:
            raise RuntimeError("Module.to(): converts in place and takes no copy argument; see copy.deepcopy()")
        dtype = probe.dtype
        if not is_floating(dtype):
            raise TypeError(f"Module.to(): modules can only be converted to floating dtypes, not to {dtype}")
        for tensor in itertools.chain(self.parameters(), self.buffers()):
            for converted in (tensor, tensor.grad):
                if converted is not None and is_floating(converted.dtype):
                    converted._array = converted.detach().to(*args, **kwargs)._array
        return self

    def float(self):
        """As `to(float32)`."""
        return self.to(float32)

    def double(self):
        """As `to(float64)`."""
        return self.to(float64)

    def cpu(self):
        """The module itself: there is no other device."""
        return self

    def get_extra_state(self):
        """What else belongs to the state of a module that defines this and `set_extra_state`."""
        raise RuntimeError(f"{type(self).__name__} has no extra state: it does not define get_extra_state()")

    def set_extra_state(self, state):
        """Take over what `get_extra_state` gave."""
        raise RuntimeError(f"{type(self).__name__} has no extra state: it does not define set_extra_state()")

    def _own_state(self):
        """Pairs of name and tensor: the parameters and the persistent buffers of this module alone."""
        for name, tensor in (*self._parameters.items(), *self._buffers.items()):
            if tensor is not None and name not in self._not_persistent:
                yield name, tensor

    def state_dict(self, *, prefix=""):
        """The parameters and persistent buffers by dotted name, as tensors over the memory of the module's own.

        What a module's `get_extra_state` gives is there under its name and "_extra_state".
        """
        state = OrderedDict((prefix + name, tensor.detach()) for name, tensor in self._own_state())
        if type(self).get_extra_state is not Module.get_extra_state:
            state[prefix + _EXTRA_STATE] = self.get_extra_state()
        for name, child in self._modules.items():
            if child is not None:
                state.update(child.state_dict(prefix=f"{prefix}{name}."))
        return state

    def _places(self):
        """Where what a state dict holds belongs, by dotted name: tensors, and modules for their extra state."""
        places = {}
        for path, module in self.named_modules(remove_duplicate=False):
            places.update((_joined(path, name), tensor) for name, tensor in module._own_state())
            if type(module).set_extra_state is not Module.set_extra_state:
                places[_joined(path, _EXTRA_STATE)] = module
        return places

    def load_state_dict(self, state_dict, strict=True):
        """Copy the values of `state_dict` into the module; returns the missing and the unexpected keys.

        RuntimeError, with nothing changed, that lists every tensor of another shape and, if `strict`, every missing
        or unexpected key. TypeError for what is no dictionary.
        """
        if not hasattr(state_dict, "keys"):
            raise TypeError(f"load_state_dict(): expected a dictionary, not {type(state_dict).__name__}")
        own, faults = self._places(), []
        keys = LoadedKeys([n for n in own if n not in state_dict], [n for n in state_dict if n not in own])
        for what, names in zip(("Missing", "Unexpected"), keys, strict=True):
            if names and strict:
                faults.append(f"{what} key(s) in state_dict: " + ", ".join(f'"{name}"' for name in names))
        pairs = {name: (own[name], state_dict[name]) for name in own if name in state_dict}
        for name, (tensor, given) in pairs.items():
            if isinstance(tensor, Module):
                continue
            if not isinstance(given, Tensor):
                faults.append(f"expected a Tensor for {name}, not {type(given).__name__}")
            elif given.shape != tensor.shape:
                faults.append(f"size mismatch for {name}: given {given.shape}, the model has {tensor.shape}")
        if faults:
            faults = "\n\t".join(faults)
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{faults}")
        for place, given in pairs.values():
            if isinstance(place, Module):
                place.set_extra_state(given)
            else:
                overwrite(place, given._array)
        return keys

    def register_forward_pre_hook(self, hook):
        """Call `hook(module, args)` before every forward; what it returns, unless None, replaces `args`."""
        return HookHandle(self._forward_pre_hooks, hook)

    def register_forward_hook(self, hook):
        """Call `hook(module, args, output)` after every forward; what it returns, unless None, is the output."""
        return HookHandle(self._forward_hooks, hook)

    def __call__(self, *args, **kwargs):
        if not self._forward_pre_hooks and not self._forward_hooks:
            return self.forward(*args, **kwargs)
        for hook in list(self._forward_pre_hooks.values()):
            replaced = hook(self, args)
            if replaced is not None:
                args = replaced if isinstance(replaced, tuple) else (replaced,)
        output = self.forward(*args, **kwargs)
        for hook in list(self._forward_hooks.values()):
            replaced = hook(self, args, output)
            output = output if replaced is None else replaced
        return output

    def extra_repr(self):
        """What stands between the brackets when the module is printed, for example its sizes."""
        return ""

    def __repr__(self):
        lines = self.extra_repr().splitlines() + [f"({name}): {child!r}" for name, child in self._modules.items()]
        body = "\n".join(lines).replace("\n", "\n  ")
        return (
            f"{type(self).__name__}(\n  {body}\n)"
            if self._modules or len(lines) > 1
            else f"{type(self).__name__}({body})"
        )


KINDS = {"_parameters": Parameter, "_modules": Module, "_buffers": Tensor}


@quiet
def overwrite(tensor, values):
    """Replace the values of a tensor, in place and unrecorded; returns the tensor."""
    tensor._array[...] = values
    graph.note_write(tensor._array)
    return tensor


def zero_grad(parameters, set_to_none):
    """What `zero_grad` of a module and of an optimizer do."""
    for parameter in parameters:
        if set_to_none:
            parameter.grad = None
        elif parameter.grad is not None:
            parameter.grad = overwrite(parameter.grad.detach(), 0)
