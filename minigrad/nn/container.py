"""Modules that hold modules, one after the other, in a list, in a dictionary; and a list of parameters."""

from collections import OrderedDict
from collections.abc import Iterable, MutableMapping

from .functional.checks import check_kind
from .module import Module, Parameter


def _iterable(container, given):
    if not isinstance(given, Iterable):
        raise TypeError(f"{type(container).__name__}: needs an iterable, not {type(given).__name__}")
    return given


class _Numbered(Module):
    """Modules under the names "0", "1", ..., to be read, replaced and removed by position or by slice."""

    def _name_at(self, position):
        check_kind(type(self).__name__, int, index=position)
        if not -len(self) <= position < len(self):
            raise IndexError(f"index {position} is out of range for a {type(self).__name__} of {len(self)} modules")
        return list(self._modules)[position]

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules.values())

    def __getitem__(self, position):
        if isinstance(position, slice):
            return self._of(list(self._modules.items())[position])
        return self._modules[self._name_at(position)]

    def __setitem__(self, position, module):
        self.register_module(self._name_at(position), module)

    def _renumber(self, modules):
        for name in list(self._modules):
            delattr(self, name)
        self.extend(modules)

    def __delitem__(self, position):
        if not isinstance(position, slice):
            self._name_at(position)
        modules = list(self)
        del modules[position]
        self._renumber(modules)

    def append(self, module):
        """Add a module at the end; returns the container."""
        self.register_module(str(len(self)), module)
        return self

    def extend(self, modules):
        """Add several modules at the end; returns the container."""
        for module in list(_iterable(self, modules)):
            self.append(module)
        return self

    def _insert(self, index, module):
        check_kind(f"{type(self).__name__}.insert", int, index=index)
        if not -len(self) <= index <= len(self):
            raise IndexError(f"{type(self).__name__}.insert(): no place {index} among {len(self)} modules")
        *modules, module = self.append(module)  # which has checked it
        modules.insert(index, module)
        self._renumber(modules)


class Sequential(_Numbered):
    """Modules called one after the other, each with the result of the one before; or one OrderedDict that names them.

    >>> import minigrad as mg
    >>> mg.nn.Sequential(mg.nn.Linear(2, 3), mg.nn.ReLU())
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): ReLU()
    )
    """

    def __init__(self, *args):
        super().__init__()
        named = args[0].items() if len(args) == 1 and isinstance(args[0], OrderedDict) else enumerate(args)
        for name, module in named:
            self.register_module(str(name), module)

    def _of(self, named):
        return type(self)(OrderedDict(named))

    def insert(self, index, module):
        """Add a module before the one at `index`; returns the container. IndexError if there is no such place."""
        if not isinstance(module, Module):
            raise AssertionError(f"Sequential.insert(): needs a Module, not {type(module).__name__}")
        self._insert(index, module)
        return self

    def forward(self, input):
        for module in self._modules.values():
            input = module(input)
        return input


class ModuleList(_Numbered):
    """A list of modules, which are registered in its order; calling them is up to the model that has it."""

    def __init__(self, modules=None):
        super().__init__()
        self.extend(() if modules is None else modules)

    def _of(self, named):
        return type(self)(module for _, module in named)

    def insert(self, index, module):
        """Add a module before the one at `index`, from 0 up. IndexError or KeyError if there is no such place."""
        if isinstance(index, int) and index < 0:
            raise KeyError(f"ModuleList.insert(): counts places from 0, not {index}")
        self._insert(index, module)


class ModuleDict(Module, MutableMapping):
    """A dictionary of modules, in the order of their insertion. KeyError for a name that is an attribute already."""

    __eq__, __hash__ = object.__eq__, object.__hash__  # by identity, unlike mappings
    __len__, __setitem__ = _Numbered.__len__, Module.register_module

    def __init__(self, modules=None):
        super().__init__()
        self.update(_iterable(self, {} if modules is None else modules))

    def __getitem__(self, key):
        return self._modules[key]

    def __delitem__(self, key):
        del self._modules[key]
        delattr(self, key)

    def __iter__(self):
        return iter(self._modules)


class ParameterList(Module):
    """A list of parameters, which are registered in its order; tensors become parameters."""

    def __init__(self, values=None):
        super().__init__()
        self.extend(() if values is None else values)

    def append(self, value):
        """Add a parameter at the end; returns the list."""
        self.register_parameter(str(len(self)), value if isinstance(value, Parameter) else Parameter(value))
        return self

    def extend(self, values):
        """Add several parameters at the end; returns the list."""
        for value in _iterable(self, values):
            self.append(value)
        return self

    def __len__(self):
        return len(self._parameters)

    def __iter__(self):
        return iter(self._parameters.values())

    def __getitem__(self, idx):
        return list(self)[idx]
