"""Lesson 19: its attention against PyTorch's, and its training loop in both libraries."""

import numpy as np
import pytest

import minigrad as mg
from tests.conformance.lessons.on_torch import Silent, definitions

torch = pytest.importorskip("torch")

FUTURE = np.triu(np.ones((8, 8)), 1) > 0


def lessons():
    """The lesson's functions and classes on each library."""
    for m in (mg, torch):
        yield m, definitions("19_self_attention", on_torch=m is torch, run=Silent())


@pytest.mark.parametrize("mask", [None, FUTURE], ids=["all", "causal"])
def test_attention_is_pytorchs(mask):
    arrays = np.random.default_rng(0).standard_normal((3, 2, 4, 8, 16)).astype(np.float32)
    for m, lesson in lessons():
        hidden = None if mask is None else m.from_numpy(mask)
        found, weights = lesson.attention(*[m.from_numpy(array) for array in arrays], hidden)
        visible = None if mask is None else torch.from_numpy(~mask)
        wanted = torch.nn.functional.scaled_dot_product_attention(*map(torch.from_numpy, arrays), attn_mask=visible)
        np.testing.assert_allclose(found.numpy(), wanted.numpy(), atol=1e-6)
        np.testing.assert_allclose(weights.numpy().sum(-1), 1, atol=1e-6)


@pytest.mark.parametrize("heads", [1, 4])
def test_the_layer_is_pytorchs_multi_head_attention(heads):
    x = np.random.default_rng(0).standard_normal((2, 8, 32)).astype(np.float32)
    library = torch.nn.MultiheadAttention(32, heads, batch_first=True)
    wanted, weights = library(*[torch.from_numpy(x)] * 3, attn_mask=torch.from_numpy(FUTURE))
    arrays = [array.detach().numpy() for array in library.state_dict().values()]
    for m, lesson in lessons():
        layer = lesson.SelfAttention(32, heads)
        names = layer.state_dict()
        layer.load_state_dict({name: m.from_numpy(a) for name, a in zip(names, arrays, strict=True)})
        found = layer(m.from_numpy(x), m.from_numpy(FUTURE))
        np.testing.assert_allclose(found.detach().numpy(), wanted.detach().numpy(), atol=1e-6)
        averaged = layer.weights.detach().numpy().mean(1)
        np.testing.assert_allclose(averaged, weights.detach().numpy(), atol=1e-6)


def test_the_same_losses_in_both_libraries():
    batches = np.random.default_rng(0).integers(0, 10, (60, 64, 8))
    losses, weights = [], None
    for m, lesson in lessons():
        options = {"all": {}, "places": {"positions": False}, "mask": {"mask": m.from_numpy(FUTURE)}}
        options["attention"] = {"attention": False}
        models = m.nn.ModuleDict({name: lesson.Reverser(**option) for name, option in options.items()})
        weights = weights or {name: tensor.numpy().copy() for name, tensor in models.state_dict().items()}
        models.load_state_dict({name: m.from_numpy(array) for name, array in weights.items()})
        losses.append(lesson.train(models, m.from_numpy(batches), 0.003))
    ours, theirs = np.array(losses)
    assert ours.shape == (60, 4)
    assert (ours[-1] < ours[0]).all()
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
