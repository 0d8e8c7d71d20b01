"""Module: a piece of a model, with its parameters, its buffers and the smaller modules it is made of."""

import difflib
import itertools
from collections import OrderedDict, namedtuple

import numpy as np

from ..autograd import graph
from ..dtypes import float32, float64, get_default_dtype, is_floating
from ..tensor import Tensor, wrap


class Parameter(Tensor):
    """A tensor that a module learns: assigned to a module's attribute it is registered there.

    `data` is a Tensor, whose memory is used and not copied; without it the parameter is empty. TypeError for
    anything else, RuntimeError for a dtype that is not floating unless `requires_grad` is False.

    >>> import minigrad as mg
    >>> mg.nn.Parameter(mg.ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    __slots__ = ()

    def __new__(cls, data=None, requires_grad=True):
        if data is not None and not isinstance(data, Tensor):
            raise TypeError(f"Parameter(): data must be a Tensor, not {type(data).__name__}; see minigrad.tensor()")
        self = super().__new__(cls)
        self._array = np.empty(0, get_default_dtype()) if data is None else data._array
        self._node = self.grad = None
        self.requires_grad = requires_grad
        return self

    def __deepcopy__(self, memo):
        """A parameter of its own memory, without the gradient, as PyTorch copies it."""
        memo[id(self)] = copied = type(self)(wrap(self._array.copy()), self.requires_grad)
        return copied

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"


class LoadedKeys(namedtuple("LoadedKeys", "missing_keys unexpected_keys")):
    """What `load_state_dict` gives: the names that it found on one side only."""

    __slots__ = ()

    def __repr__(self):
        return super().__repr__() if any(self) else "<All keys matched successfully>"


class HookHandle:
    """What registering a hook gives; `remove()` takes the hook off its module."""

    _keys = itertools.count()

    def __init__(self, hooks, hook):
        self.hooks, self.key = hooks, next(self._keys)
        hooks[self.key] = hook

    def remove(self):
        self.hooks.pop(self.key, None)


class Module:
    """The base of all models and layers: define `__init__`, calling `super().__init__()` first, and `forward`.

    Parameters and modules that are assigned to attributes are found by `parameters()`, `state_dict()` and all
    others of these methods, always in the order in which they were defined.

    >>> import minigrad as mg
    >>> class Scale(mg.nn.Module):
    ...     def __init__(self, factor):
    ...         super().__init__()
    ...         self.factor = mg.nn.Parameter(mg.tensor(factor))
    ...
    ...     def forward(self, x):
    ...         return self.factor * x
    >>> scale = Scale(2.0)
    >>> scale(mg.tensor(3.0)).item()
    6.0
    >>> [name for name, parameter in scale.named_parameters()]
    ['factor']
    """

    def __init__(self):
        self.training = True
        self._parameters = {}
        self._buffers = {}
        self._modules = {}
        self._not_persistent = set()
        self._forward_hooks = {}
        self._forward_pre_hooks = {}

    def forward(self, *input):
        """What the module computes. Every subclass that is called defines it."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    # -- Attributes ----------------------------------------------------------------------------------------
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
        for registered in (self._parameters, self._buffers, self._modules):
            registered.pop(name, None)
        self._not_persistent.discard(name)

    def _register_new(self, kind, what, name, value):
        if not isinstance(name, str):
            raise TypeError(f"{what} name should be a string, not {type(name).__name__}")
        if not name or "." in name:
            raise KeyError(f'{what} name must not be empty or contain ".", got {name!r}')
        taken = name in self.__dict__ or hasattr(type(self), name)
        if taken and name not in self.__dict__.get(kind, ()):
            raise KeyError(f"{type(self).__name__} already has an attribute {name!r}; use another {what} name")
        self._register(kind, name, value)

    def register_parameter(self, name, param):
        """Add a parameter, or with None the place of one that is absent. KeyError for a name that is in use."""
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(f"parameter {name!r} must be a Parameter or None, not {type(param).__name__}")
        self._register_new("_parameters", "parameter", name, param)

    def register_buffer(self, name, tensor, persistent=True):
        """Add a tensor that is state but not learned; it is saved by `state_dict` only if `persistent`."""
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"buffer {name!r} must be a Tensor or None, not {type(tensor).__name__}")
        self._register_new("_buffers", "buffer", name, tensor)
        (self._not_persistent.discard if persistent else self._not_persistent.add)(name)

    def register_module(self, name, module):
        """Add a child under `name`. KeyError for a name that is in use, TypeError for what is no module."""
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"module {name!r} must be a Module or None, not {type(module).__name__}")
        self._register_new("_modules", "module", name, module)

    add_module = register_module

    def __setattr__(self, name, value):
        registered = self.__dict__
        if isinstance(value, Parameter):
            self._register("_parameters", name, value)
        elif isinstance(value, Module) and name not in registered.get("_parameters", ()):
            self._register("_modules", name, value)
        else:
            for kind, accepted in (("_parameters", Parameter), ("_modules", Module), ("_buffers", Tensor)):
                if name in registered.get(kind, ()):
                    if value is not None and not isinstance(value, accepted):
                        raise TypeError(
                            f"{type(self).__name__}.{name} must be a {accepted.__name__} or None, "
                            f"not {type(value).__name__}; `del` it first to give the name another meaning"
                        )
                    registered[kind][name] = value
            super().__setattr__(name, value)

    def __delattr__(self, name):
        super().__delattr__(name)
        self._forget(name)

    def __getattr__(self, name):
        message = f"{type(self).__name__!r} object has no attribute {name!r}"
        if "_modules" not in self.__dict__:
            raise AttributeError(f"{message}; its __init__ must call super().__init__() first")
        near = difflib.get_close_matches(name, dir(self))
        raise AttributeError(f"{message}; did you mean {' or '.join(map(repr, near))}?" if near else message)

    def __dir__(self):
        return [name for name in super().__dir__() if not name[0].isdigit()]

    # -- What it consists of -------------------------------------------------------------------------------

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        """Pairs of dotted name and module: this one, whose name is `prefix`, then all those inside it."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._modules.items():
            if child is not None:
                yield from child.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self):
        """This module and all those inside it, each once."""
        return (module for _, module in self.named_modules())

    def named_children(self):
        """Pairs of name and module, for the modules directly in this one, each once."""
        seen = set()
        for name, child in self._modules.items():
            if child is not None and child not in seen:
                seen.add(child)
                yield name, child

    def children(self):
        """The modules directly in this one, each once."""
        return (child for _, child in self.named_children())

    def _named(self, kind, prefix, recurse, remove_duplicate):
        seen = set()
        for path, module in self.named_modules(None, prefix, remove_duplicate) if recurse else [(prefix, self)]:
            for name, tensor in module.__dict__[kind].items():
                if tensor is None or tensor in seen:
                    continue
                if remove_duplicate:
                    seen.add(tensor)
                yield f"{path}.{name}" if path else name, tensor

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        """Pairs of dotted name and parameter, of this module and, if `recurse`, of all inside it."""
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse=True):
        """The parameters of this module and, if `recurse`, of all inside it, each once."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
        """Pairs of dotted name and buffer, of this module and, if `recurse`, of all inside it."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse=True):
        """The buffers of this module and, if `recurse`, of all inside it, each once."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    # -- Changing all of it --------------------------------------------------------------------------------

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
        for child in self.children():
            child.train(mode)
        return self

    def eval(self):
        """As `train(False)`."""
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        """Learn all parameters, or freeze them; returns the module."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none=True):
        """Drop the gradients of all parameters or, without `set_to_none`, fill them with zeros in place."""
        zero_grad(self.parameters(), set_to_none)

    def to(self, *args, **kwargs):
        """Convert the floating parameters and buffers in place, as `Tensor.to` would; returns the module.

        A parameter stays the same object, so an optimizer that holds it need not know. TypeError for a dtype that
        is not floating, RuntimeError for a device other than "cpu".
        """
        dtype = wrap(np.empty(0, float32)).to(*args, **kwargs).dtype
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

    # -- Saving and loading --------------------------------------------------------------------------------

    def _state(self):
        state = OrderedDict()
        for path, module in self.named_modules(remove_duplicate=False):
            for name, tensor in (*module._parameters.items(), *module._buffers.items()):
                if tensor is not None and name not in module._not_persistent:
                    state[f"{path}.{name}" if path else name] = tensor
        return state

    def state_dict(self):
        """The parameters and persistent buffers by dotted name, as tensors over the memory of the module's own."""
        return OrderedDict((name, tensor.detach()) for name, tensor in self._state().items())

    def load_state_dict(self, state_dict, strict=True):
        """Copy the values of `state_dict` into the module; returns the missing and the unexpected keys.

        RuntimeError that lists every tensor of another shape and, if `strict`, every missing or unexpected key;
        the module is then unchanged. TypeError for what is no dictionary.
        """
        if not hasattr(state_dict, "keys"):
            raise TypeError(f"load_state_dict(): expected a dictionary, not {type(state_dict).__name__}")
        own = self._state()
        missing = [name for name in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in own]
        shared = [name for name in own if name in state_dict]
        faults = []
        if strict:
            for what, names in (("Missing", missing), ("Unexpected", unexpected)):
                if names:
                    faults.append(f"{what} key(s) in state_dict: " + ", ".join(f'"{name}"' for name in names))
        for name in shared:
            given = state_dict[name]
            if not isinstance(given, Tensor):
                faults.append(f"expected a Tensor for {name}, not {type(given).__name__}")
            elif given.shape != own[name].shape:
                faults.append(f"size mismatch for {name}: given {given.shape}, the model has {own[name].shape}")
        if faults:
            faults = "\n\t".join(faults)
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{faults}")
        for name in shared:
            own[name]._array[...] = state_dict[name]._array
            graph.note_write(own[name]._array)
        return LoadedKeys(missing, unexpected)

    # -- Calling and printing ------------------------------------------------------------------------------

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
            if replaced is not None:
                output = replaced
        return output

    def extra_repr(self):
        """What stands between the brackets when the module is printed, for example its sizes."""
        return ""

    def __repr__(self):
        lines = self.extra_repr().splitlines()
        if self._modules or len(lines) > 1:
            lines += [f"({name}): {child!r}" for name, child in self._modules.items()]
            body = "\n".join(lines).replace("\n", "\n  ")
            return f"{type(self).__name__}(\n  {body}\n)"
        return f"{type(self).__name__}({''.join(lines)})"


def zero_grad(parameters, set_to_none):
    """What `zero_grad` of a module and of an optimizer do."""
    for parameter in parameters:
        if set_to_none:
            parameter.grad = None
        elif parameter.grad is not None:
            parameter.grad = parameter.grad.detach()
            parameter.grad._array[...] = 0
            graph.note_write(parameter.grad._array)
