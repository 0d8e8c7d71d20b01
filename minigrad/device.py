"""The one device there is, and what PyTorch programs ask about the others."""

from types import SimpleNamespace


class device:
    """Where a tensor lives, by its name: `device("cpu")`. Others can be named, but nothing can be put on them."""

    def __init__(self, type, index=None):
        if isinstance(type, device):
            type, index = type.type, type.index
        self.type, _, number = type.partition(":")
        self.index = int(number) if number else index

    def __eq__(self, other):
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self):
        return hash((self.type, self.index))

    def __str__(self):
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self):
        return (
            f"device(type={self.type!r})" if self.index is None else f"device(type={self.type!r}, index={self.index})"
        )


CPU = device("cpu")


def checked_device(wanted):
    """Nothing, for the one device there is; RuntimeError naming any other, TypeError for what is no device."""
    if not isinstance(wanted, (str, device, type(None))):
        raise TypeError(f"a device must be a name, such as 'cpu', or a device, not {wanted!r}")
    if wanted is not None and device(wanted).type != "cpu":
        raise RuntimeError(f"device {str(wanted)!r} is not available: minigrad computes on the CPU, device='cpu'")


def _ignore_seed(seed):
    """The generators of no device."""


cuda = SimpleNamespace(
    is_available=lambda: False, device_count=lambda: 0, manual_seed=_ignore_seed, manual_seed_all=_ignore_seed
)
backends = SimpleNamespace(mps=SimpleNamespace(is_available=lambda: False), cudnn=SimpleNamespace())
