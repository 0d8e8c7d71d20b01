"""Stub of minigrad.autograd.grad_mode, written by `python -m tests.stubs`: not to be edited."""

from collections.abc import Callable
from typing import Any, Self, TypeVar, overload

_F = TypeVar("_F", bound=Callable[..., Any])

def is_grad_enabled() -> bool:
    """Return whether this thread records operations; in inference mode it never does."""

def is_inference_mode_enabled() -> bool:
    """Return whether this thread is in inference mode."""

class _ModeSwitch:
    """Base of the context managers, which also decorate: each call then enters a new one."""
    def __call__(self, function: _F) -> _F: ...
    def __exit__(self, *_exception: object) -> None: ...

class no_grad(_ModeSwitch):
    """Record nothing: a context manager and a decorator, with or without brackets."""
    def __enter__(self) -> None: ...
    @overload
    def __new__(cls, orig_func: None = None) -> Self: ...
    @overload
    def __new__(cls, orig_func: _F) -> _F: ...  # type: ignore[misc]

class enable_grad(no_grad):
    """Record, even inside `no_grad`, but as in PyTorch not inside `inference_mode`."""

class inference_mode(_ModeSwitch):
    """Record nothing, even inside `enable_grad`; `mode=False` ends it inside the `with` block."""
    def __enter__(self) -> None: ...
    @overload
    def __new__(cls, mode: bool = True) -> Self: ...
    @overload
    def __new__(cls, mode: _F) -> _F: ...  # type: ignore[misc]

class set_grad_enabled(_ModeSwitch):
    """Switch recording on or off, at once."""
    def __call__(self, function: _F) -> _F: ...
    def __enter__(self) -> None: ...
    def __exit__(self, *_exception: object) -> None: ...
    def __init__(self, mode: bool) -> None: ...
