"""What the comparisons with PyTorch share: its arguments as ours, and what is different between two results."""

import dis
import re
import traceback
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

REFUSALS = (TypeError, ValueError, IndexError, RuntimeError, NotImplementedError)
PACKAGE = str(Path(mg.__file__).parent)
OF_A_SIGNATURE = re.compile(r"^(Tensor\.)?\w+(\.__init__|\.forward)?\(\) (got|takes|missing) ")


def is_refusal(error):
    """Whether minigrad raised it, or Python because the arguments do not fit a public signature.

    What NumPy or Python raise in the middle of minigrad's work does not say what is wrong with a call.
    """
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    last = error.__traceback__
    while last.tb_next:
        last = last.tb_next
    raised = frame.f_code.co_code[last.tb_lasti] == dis.opmap["RAISE_VARARGS"]
    by_us = raised and frame.f_code.co_filename.startswith(PACKAGE)
    return bool(str(error)) and (by_us or bool(OF_A_SIGNATURE.match(str(error))))


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
    if isinstance(value, torch.nn.Module) or value is torch.nn.functional.relu or value is torch.nn.functional.gelu:
        return translated_part(value, known)
    if isinstance(value, (tuple, list)):
        parts = [translated(part, known) for part in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    if isinstance(value, dict):
        return {key: translated(part, known) for key, part in value.items()}
    return value


def translated_part(part, known):
    """A function or a layer that a Transformer is built from, as minigrad's."""
    if not isinstance(part, torch.nn.Module):
        return getattr(mg.nn.functional, part.__name__)
    layer = getattr(mg.nn, type(part).__name__)(
        part.linear1.in_features,
        part.self_attn.num_heads,
        part.linear1.out_features,
        part.dropout.p,
        translated(part.activation, known),
        part.norm1.eps,
        part.self_attn.batch_first,
        part.norm_first,
        part.linear1.bias is not None,
    )
    layer = layer.to(translated(part.linear1.weight.dtype, known))
    layer.load_state_dict({name: translated(value, known) for name, value in part.state_dict().items()})
    return layer


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
        largest = np.abs(y, where=np.isfinite(y), out=np.ones(y.shape)).max(initial=1)  # of which all sums are rounded
        if values and not np.allclose(x, y, rtol=tolerance, atol=tolerance * largest, equal_nan=True):
            return f"values off by {np.abs(x - y).max()}: {x.tolist()} instead of {y.tolist()}"[:600]
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


def gradients_differ(ours, theirs, inputs, known, tolerance):
    """What is different between the gradients of two results, or None."""
    outs = [t for t in tensors_in(theirs, torch.Tensor) if t.requires_grad]
    inputs = [x for x in inputs if x.requires_grad]
    if not outs or not inputs:
        return None
    generator = torch.Generator().manual_seed(0)
    seeds = [torch.randn(t.shape, dtype=t.dtype, generator=generator) for t in outs]
    expected = torch.autograd.grad(outs, inputs, seeds, allow_unused=True, materialize_grads=True)
    got = mg.autograd.grad(
        [t for t in tensors_in(ours, mg.Tensor) if t.requires_grad],
        [known[id(x)] for x in inputs],
        [mg.from_numpy(seed.numpy()) for seed in seeds],
        allow_unused=True,
        materialize_grads=True,
    )
    text = difference(list(got), list(expected), tolerance)
    return text and f"gradient: {text}"
