"""Containers: modules in a sequence, a list or a dictionary, and parameters in the last two."""

import itertools
from collections import OrderedDict
from collections.abc import Iterable, MutableMapping

from ..core.module import Module, Parameter, Sequential
from ..core.tensor import Tensor
from ..extension import extends
from .functional.checks import check_kind


def check_iterable(container, given):
    """Raise TypeError, in the name of the container's class, unless `given` is iterable."""
    if not isinstance(given, Iterable):
        raise TypeError(
            f"{type(container).__name__}: needs an iterable, not {type(given).__name__}"
        )


class NumberedModules(Module):
    """The base of containers that name their modules "0", "1", ... .

    The modules are read, replaced and removed by position or by slice.
    """

    def _name_at(self, position):
        check_kind(type(self).__name__, int, index=position)
        if not -len(self) <= position < len(self):
            raise IndexError(
                f"index {position} is out of range for a {type(self).__name__} of {len(self)} "
                "modules"
            )
        return list(self._modules)[position]

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules.values())

    def __getitem__(self, position):
        if isinstance(position, slice):
            return self._container_of(list(self._modules.items())[position])
        return self._modules[self._name_at(position)]

    def __setitem__(self, position, module):
        self.register_module(self._name_at(position), module)

    def _replace_all(self, modules):
        """Hold these modules, numbered from 0, instead of those there are."""
        for name in list(self._modules):
            delattr(self, name)
        self.extend(modules)

    def __delitem__(self, position):
        if not isinstance(position, slice):
            self._name_at(position)
        modules = list(self)
        del modules[position]
        self._replace_all(modules)

    def pop(self, key):
        """Remove a module, or a slice of them, and return it. IndexError if it is not there."""
        module = self[key]
        del self[key]
        return module

    def __iadd__(self, other):
        return self.extend(other)

    def append(self, module):
        """Add a module at the end; return the container."""
        self.register_module(str(len(self)), module)
        return self

    def extend(self, modules):
        """Add several modules at the end; return the container."""
        check_iterable(self, modules)
        for module in list(modules):
            self.append(module)
        return self

    def _insert(self, index, module):
        check_kind(f"{type(self).__name__}.insert", int, index=index)
        if not -len(self) <= index <= len(self):
            raise IndexError(
                f"{type(self).__name__}.insert(): no place {index} among {len(self)} modules"
            )
        *modules, module = self.append(module)  # which has checked it
        modules.insert(index, module)
        self._replace_all(modules)


@extends(Sequential)
class _(NumberedModules):
    def _container_of(self, named):
        return type(self)(OrderedDict(named))

    def extend(self, sequential):
        """Add several modules at the end; return the container."""
        return NumberedModules.extend(self, sequential)

    def insert(self, index, module):
        """Add a module before the one at `index`; return the container.

        IndexError if there is no such place.
        """
        if not isinstance(module, Module):
            raise AssertionError(
                f"Sequential.insert(): needs a Module, not {type(module).__name__}"
            )
        self._insert(index, module)
        return self


class ModuleList(NumberedModules):
    """A list of modules, registered in its order; the model that has it calls them."""

    def __init__(self, modules=None):
        super().__init__()
        self.extend(() if modules is None else modules)

    def _container_of(self, named):
        return type(self)(module for _, module in named)

    def __add__(self, other):
        check_iterable(self, other)
        return type(self)([*self, *other])

    def __repr__(self):
        """Show the modules, once where several in a row print alike."""
        lines = []
        first = 0
        for text, alike in itertools.groupby(map(repr, self)):
            last = first + len(list(alike)) - 1
            times = f"{first}-{last}): {last - first + 1} x " if last > first else f"{first}): "
            lines.append(f"\n({times}{text}")
            first = last + 1
        body = "".join(lines).replace("\n", "\n  ")
        return f"{type(self).__name__}({body}\n)" if lines else f"{type(self).__name__}()"

    def insert(self, index, module):
        """Add a module before the one at `index`, from 0 up.

        IndexError or KeyError if there is no such place.
        """
        if isinstance(index, int) and index < 0:
            raise KeyError(f"ModuleList.insert(): counts places from 0, not {index}")
        self._insert(index, module)


class ModuleDict(Module, MutableMapping):
    """A dictionary of modules, in the order of their insertion.

    KeyError for a name that is an attribute already.
    """

    # by identity, unlike mappings
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    __len__ = NumberedModules.__len__
    __setitem__ = Module.register_module

    def __init__(self, modules=None):
        super().__init__()
        modules = {} if modules is None else modules
        check_iterable(self, modules)
        self.update(modules)

    def __getitem__(self, key):
        return self._modules[key]

    def __delitem__(self, key):
        del self._modules[key]
        delattr(self, key)

    def __iter__(self):
        return iter(self._modules)


class Parameters(Module):
    """The base of the containers of parameters."""

    def _parameter(self, value):
        """Return a value as a parameter; NotImplementedError unless it is a tensor."""
        if not isinstance(value, Tensor):
            raise NotImplementedError(
                f"{type(self).__name__}: holds tensors only, not {type(value).__name__}; "
                "keep other objects as attributes of the module"
            )
        return value if isinstance(value, Parameter) else Parameter(value)

    def __len__(self):
        return len(self._parameters)

    def __call__(self, *args, **kwargs):
        raise RuntimeError(f"{type(self).__name__} should not be called.")

    def extra_repr(self):
        lines = []
        for name, parameter in self._parameters.items():
            size = "x".join(map(str, parameter.shape))
            lines.append(f"  ({name}): Parameter containing: [{parameter.dtype} of size {size}]")
        return "\n".join(lines)


class ParameterList(Parameters):
    """A list of parameters, those of `values`, registered in its order; tensors become parameters.

    NotImplementedError for anything else.
    """

    def __init__(self, values=None):
        super().__init__()
        self.extend(() if values is None else values)

    def append(self, value):
        """Add a parameter at the end; return the list."""
        self.register_parameter(str(len(self)), self._parameter(value))
        return self

    def extend(self, values):
        """Add several parameters at the end; return the list."""
        check_iterable(self, values)
        for value in values:
            self.append(value)
        return self

    def __iter__(self):
        return iter(self._parameters.values())

    def __getitem__(self, idx):
        return list(self)[idx]


class NoParameter(KeyError, AttributeError):
    """The error for a key that a ParameterDict has not: PyTorch's is an AttributeError."""


class ParameterDict(Parameters, MutableMapping):
    """A dictionary of parameters, in the order of their insertion; tensors become parameters.

    Those of a plain dictionary are inserted in the order of their keys. KeyError for a name that is
    an attribute already, NotImplementedError for a value that is no tensor.
    """

    # by identity, unlike mappings
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __init__(self, parameters=None):
        super().__init__()
        self.update({} if parameters is None else parameters)

    def __getitem__(self, key):
        if key not in self._parameters:
            raise NoParameter(f"ParameterDict has no parameter {key!r}")
        return self._parameters[key]

    def __setitem__(self, key, value):
        self.register_parameter(key, self._parameter(value))

    def __delitem__(self, key):
        self[key]  # raises the error
        delattr(self, key)

    def __iter__(self):
        return iter(self._parameters)

    def update(self, parameters):
        """Insert those of a mapping, or of pairs of a key and a tensor. TypeError for others."""
        check_iterable(self, parameters)
        if type(parameters) is dict:
            parameters = sorted(parameters.items())
        MutableMapping.update(self, parameters)

    def popitem(self):
        """Remove the last one; return its key and the parameter. KeyError if there is none."""
        key = next(reversed(self._parameters), None)
        return key, self.pop(key)


class DataParallel(Module):
    """The module `module`, called as it is, since there is one device.

    That is what PyTorch does without GPUs, whatever `device_ids`, `output_device` and `dim`. The
    names in the state dict begin with "module.".
    """

    def __init__(self, module, device_ids=None, output_device=None, dim=0):
        super().__init__()
        self.module = module
        self.device_ids = []

    def forward(self, *inputs, **kwargs):
        return self.module(*inputs, **kwargs)
