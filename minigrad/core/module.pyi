"""Stub of minigrad.core.module, written by `python -m tests.stubs`: not to be edited."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn, Self, overload

from ..autograd.hooks import HookHandle
from .tensor import Tensor, _Device

class Parameter(Tensor):
    """A tensor that a module learns if `requires_grad`, registered when assigned to an
    attribute.
    """
    def __deepcopy__(self, memo: Any) -> Any: ...
    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None: ...

def empty(shape: Any, layer: str = "Parameter", device: Any = None, dtype: Any = None) -> Tensor:
    """Return a tensor for a parameter of a class of layers; its values are not set."""

def overwrite(tensor: Tensor, values: Any) -> Tensor:
    """Replace the values of a tensor, in place and unrecorded; return the tensor."""

class Module:
    """The base of all models and layers."""

    call_super_init: bool
    training: bool

    # Methods

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a child."""
    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` with every module inside this one, children first, then with this one."""
    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Yield the buffers of this module and, if `recurse`, of all inside it, each once."""
    def children(self) -> Iterator[Module]:
        """Yield the modules directly in this one, each once."""
    def cpu(self) -> Self:
        """Return the module itself: there is no other device."""
    def cuda(self, device: _Device | None = None) -> NoReturn:
        """Raise RuntimeError, for there is no other device than the CPU."""
    def double(self) -> Self:
        """Convert the module to float64, as `to(float64)`."""
    def eval(self) -> Self:
        """Set `training` to False: `train(False)`."""
    def extra_repr(self) -> str:
        """Return what is printed between the module's brackets, for example its sizes."""
    def float(self) -> Self:
        """Convert the module to float32, as `to(float32)`."""
    def forward(self, *input: Any, **kwargs: Any) -> Any:
        """Compute the output."""
    def get_extra_state(self) -> Any:
        """Return what else belongs to the module's state."""
    def load_state_dict(
        self, state_dict: dict[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        """Copy the values of `state_dict` into the module; return the keys on one side only."""
    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """Yield this module and all those inside it, each once unless told otherwise."""
    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield what `named_parameters` does, for the tensors that are state but not learned."""
    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield name and module, for the modules directly in this one, each once."""
    def named_modules(
        self, memo: Any = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """Yield dotted name and module: this one, named `prefix`, then all those inside it."""
    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Yield dotted name and parameter, of this module and, if `recurse`, of all inside."""
    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yield the parameters of this module and, if `recurse`, of all inside it, each once."""
    def register_backward_hook(self, hook: Callable[..., Any]) -> NoReturn:
        """Raise NotImplementedError: PyTorch has deprecated it for the hook above."""
    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is state but not learned; `state_dict` has it only if `persistent`."""
    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> HookHandle:
        """Call `hook(module, args, output)` after every forward; return a handle."""
    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> HookHandle:
        """Call `hook(module, args)` before every forward; return a handle."""
    def register_full_backward_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> HookHandle:
        """Call `hook(module, grad_input, grad_output)` when backward has the inputs' gradients."""
    def register_module(self, name: str, module: Module | None) -> None:
        """Add a child."""
    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter, or with None the place of an absent one."""
    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Learn all parameters, or freeze them; return the module."""
    def set_extra_state(self, state: Any) -> None:
        """Take over what `get_extra_state` gave."""
    def state_dict(
        self,
        *,
        destination: dict[str, Any] | None = None,
        prefix: str = "",
        keep_vars: bool = False,
    ) -> dict[str, Any]:
        """Return the parameters and persistent buffers by dotted name, which `prefix` begins."""
    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Convert the floating parameters and buffers in place, as `Tensor.to`; return the
        module.
        """
    def train(self, mode: bool = True) -> Self:
        """Set `training`, which dropout and normalisation heed, here and in all modules inside."""
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters or, without `set_to_none`, set them to 0."""

    # What Python calls

    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __delattr__(self, name: str) -> None: ...
    def __dir__(self) -> list[str]: ...
    def __getattr__(self, name: str) -> Any: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    @classmethod
    def __init_subclass__(cls, **kwargs: Any) -> None: ...
    def __setattr__(self, name: str, value: Any) -> None: ...

def named(module: Any, kind: Any, prefix: Any, recurse: Any, remove_duplicate: Any) -> Any:
    """Yield dotted name and tensor, for the tensors of one kind."""

def joined(path: Any, name: Any) -> Any: ...
def zero_grad(parameters: Any, set_to_none: Any) -> None:
    """Do what `zero_grad` of a module and of an optimizer do."""

class Sequential(Module):
    """Modules called one after the other, given in order or as one dictionary by name."""

    # Methods

    def append(self, module: Module) -> Self:
        """Add a module at the end; return the container."""
    def extend(self, sequential: Iterable[Module]) -> Self:
        """Add several modules at the end; return the container."""
    def forward(self, input: Tensor) -> Any: ...
    def insert(self, index: int, module: Module) -> Self:
        """Add a module before the one at `index`; return the container."""
    def pop(self, key: int | slice) -> Any:
        """Remove a module, or a slice of them, and return it."""

    # What Python calls

    def __delitem__(self, position: Any) -> None: ...
    @overload
    def __getitem__(self, position: int) -> Module: ...
    @overload
    def __getitem__(self, position: slice) -> Self: ...
    def __iadd__(self, other: Iterable[Module]) -> Self: ...
    def __init__(self, *args: Any) -> None: ...
    def __iter__(self) -> Iterator[Module]: ...
    def __len__(self) -> int: ...
    def __setitem__(self, position: Any, module: Module) -> None: ...
