"""What the comparisons with PyTorch share: its arguments as ours, and what is different between two results."""

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

REFUSALS = (TypeError, ValueError, IndexError, RuntimeError, NotImplementedError)


def translated(value, known):
    """PyTorch's arguments as minigrad's: tensors (each once), dtypes and devices, also within containers."""
    if isinstance(value, torch.Tensor):
        if id(value) not in known:
            array = value.detach().resolve_conj().resolve_neg().numpy()
            known[id(value)] = mg.from_numpy(np.array(array, order="K")).requires_grad_(value.requires_grad)
        return known[id(value)]
    if isinstance(value, torch.dtype):
        return getattr(mg, str(value).removeprefix("torch."), value)
    if isinstance(value, torch.device):
        return str(value)
    if isinstance(value, (tuple, list)):
        parts = [translated(part, known) for part in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    return value


def tensors_in(value, kind):
    if isinstance(value, kind):
        return [value]
    if isinstance(value, (tuple, list)):
        return [tensor for part in value for tensor in tensors_in(part, kind)]
    return []


def difference(ours, theirs, tolerance, values=True):
    """What is different between two results, or None."""
    if isinstance(theirs, torch.Tensor):
        if not isinstance(ours, mg.Tensor):
            return f"{type(ours).__name__} instead of a tensor"
        if ours.shape != tuple(theirs.shape):
            return f"shape {ours.shape} instead of {tuple(theirs.shape)}"
        if str(ours.dtype) != str(theirs.dtype).removeprefix("torch."):
            return f"{ours.dtype} instead of {theirs.dtype}"
        if ours.requires_grad != theirs.requires_grad:
            return f"requires_grad={ours.requires_grad}"
        x, y = ours.detach().numpy(), theirs.detach().numpy()
        if values and not np.allclose(x, y, rtol=tolerance, atol=tolerance, equal_nan=True):
            return f"values {x.tolist()} instead of {y.tolist()}"[:600]
        return None
    if isinstance(theirs, (tuple, list)):
        if not isinstance(ours, (tuple, list)) or len(ours) != len(theirs):
            return f"{ours} instead of {theirs}"
        each = [difference(x, y, tolerance, values) for x, y in zip(ours, theirs, strict=True)]
        return next((text for text in each if text), None)
    if isinstance(ours, mg.Tensor):
        return f"a tensor instead of {theirs!r}"
    same = ours == theirs or (ours != ours and theirs != theirs)
    return None if same and type(ours) is type(theirs) else f"{ours!r} instead of {theirs!r}"
