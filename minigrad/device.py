"""The one device, the CPU, and what PyTorch programs ask about others."""

import operator
import re
import warnings
from types import SimpleNamespace

from .absent import getattr_of

# The kinds of devices that PyTorch knows by name.
_TYPES = """
    cpu cuda ipu xpu mkldnn opengl opencl ideep hip ve fpga maia xla lazy vulkan mps meta hpu mtia
    privateuseone
""".split()


class device:
    """The place of a tensor, by name: `device("cpu")`; no other device can hold tensors.

    `device("cuda:1")` and `device("cuda", 1)` are the same. RuntimeError for an invalid name or
    index, TypeError for anything but a string or a device.
    """

    def __init__(self, type, index=None):
        if isinstance(type, device) and index is None:
            index = type.index
            type = type.type
        if not isinstance(type, str):
            raise TypeError(f"device(): expected a name, such as 'cpu', not {type!r}")
        if index is not None and (isinstance(index, bool) or not hasattr(index, "__index__")):
            raise TypeError(f"device(): the index must be an integer, not {index!r}")
        named = re.fullmatch(r"([a-z]+)(?::(0|[1-9][0-9]*))?", type)
        if not named or named[1] not in _TYPES:
            raise RuntimeError(
                f"device(): {type!r} names no device; 'cpu' is the one that minigrad computes on"
            )
        if index is not None and (named[2] or index < 0):
            raise RuntimeError(
                f"device(): give one index, 0 or more, in the name or beside it, not {type!r} and "
                f"{index}"
            )
        self.type = named[1]
        self.index = int(named[2]) if named[2] else index and operator.index(index)

    def __eq__(self, other):
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self):
        return hash((self.type, self.index))

    def __str__(self):
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self):
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type={self.type!r}{index})"


CPU = device("cpu")


def checked_device(name, wanted):
    """Raise the error of the function `name` unless `wanted` is None or the CPU.

    RuntimeError for any other device, by name or by number; TypeError for anything else.
    """
    if wanted is None:
        return
    number = hasattr(wanted, "__index__") and not isinstance(wanted, bool)
    if not isinstance(wanted, (str, device)) and not number:
        raise TypeError(
            f"{name}(): device must be a name, such as 'cpu', or a device, not {wanted!r}"
        )
    if number or device(wanted).type != "cpu":
        raise RuntimeError(
            f"{name}(): device {wanted if number else str(wanted)!r} is not available: "
            "minigrad computes on the CPU, device='cpu'"
        )


def set_default_device(device):
    """Accept the CPU, where all tensors are, or None; RuntimeError for another device."""
    checked_device("set_default_device", device)


def get_default_device():
    """Return the device of all tensors, the CPU."""
    return CPU


def set_float32_matmul_precision(precision):
    """Change nothing, whether "highest", "high" or "medium": products of float32 are float32."""
    if not isinstance(precision, str):
        raise RuntimeError(f"set_float32_matmul_precision(): expected a string, not {precision!r}")
    if precision not in ("highest", "high", "medium"):
        warnings.warn(f"{precision} is not one of 'highest', 'high', or 'medium'", stacklevel=3)


def _ignore_seed(seed):
    """Accept and ignore a CUDA seed: there is no GPU."""


def _synchronize(device=None):
    """Raise RuntimeError, for there is no GPU to wait for."""
    checked_device("cuda.synchronize", "cuda")


class _Hardware(SimpleNamespace):
    """What programs ask of hardware that is not here, such as `is_available()`, which is False.

    AttributeError for all else.
    """

    def __init__(self, name, **known):
        super().__init__(_name=name, **known)

    def __getattr__(self, name):
        advice = (
            "minigrad computes on the CPU: leave out what needs other hardware, "
            "or ask cuda.is_available() first"
        )
        return getattr_of(self._name, vars(self), advice)(name)


cuda = _Hardware(
    "cuda",
    is_available=lambda: False,
    device_count=lambda: 0,
    manual_seed=_ignore_seed,
    manual_seed_all=_ignore_seed,
    empty_cache=lambda: None,
    synchronize=_synchronize,
)
accelerator = _Hardware(
    "accelerator",
    is_available=lambda: False,
    device_count=lambda: 0,
    current_accelerator=lambda check_available=False: None,
)
backends = _Hardware(
    "backends",
    mps=_Hardware("backends.mps", is_available=lambda: False),
    cudnn=_Hardware(
        "backends.cudnn",
        is_available=lambda: False,
        enabled=True,
        benchmark=False,
        deterministic=False,
    ),
)
