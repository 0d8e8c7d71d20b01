"""Lesson 19: the article's layer as printed, and the lesson's attention, against PyTorch's."""

import re
import textwrap

import numpy as np
import pytest

import minigrad as mg
from tests.conformance.lessons.on_torch import LESSONS, definitions

torch = pytest.importorskip("torch")

STEM = "19_self_attention"
LATER = np.triu(np.ones((8, 8)), 1) > 0


def printed_layer():
    """The text of the article's layer, as the lesson restates it."""
    text = (LESSONS / f"{STEM}.py").read_text(encoding="ascii")
    block = re.search(r"^#    class SelfAttention.*?(?=^#\n# 1\. )", text, re.MULTILINE | re.DOTALL)[0]
    return textwrap.dedent(re.sub(r"^#", "", block, flags=re.MULTILINE))


@pytest.mark.parametrize("library", [mg, torch], ids=["minigrad", "torch"])
def test_the_printed_layer_stops_at_np_and_with_the_import_it_is_right(library):
    x = torch.randn(3, 5, 10)
    names = {"nn": library.nn}
    exec(printed_layer(), names)
    layer = names["SelfAttention"](10)
    ours = x if library is torch else mg.tensor(x.numpy())
    with pytest.raises(NameError, match="name 'np' is not defined"):
        layer(ours)
    names["np"] = np
    parts = [project(ours).detach().numpy() for project in (layer.to_q, layer.to_k, layer.to_v)]
    middle = torch.nn.functional.scaled_dot_product_attention(*map(torch.from_numpy, parts))
    expected = layer.to_out(middle if library is torch else mg.tensor(middle.numpy()))
    np.testing.assert_allclose(layer(ours).detach().numpy(), expected.detach().numpy(), atol=1e-6)


@pytest.mark.parametrize("hidden", [False, LATER], ids=["all", "causal"])
def test_the_attention_in_numpy_is_pytorchs(hidden):
    query, key, value = np.random.default_rng(0).standard_normal((3, 8, 16))
    found, weights = definitions(STEM).attention(query, key, value, hidden)
    seen = None if hidden is False else torch.from_numpy(~hidden)
    arrays = map(torch.from_numpy, (query, key, value))
    expected = torch.nn.functional.scaled_dot_product_attention(*arrays, attn_mask=seen)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-12)
    np.testing.assert_allclose(weights.sum(axis=-1), 1)


@pytest.mark.parametrize("heads", [1, 4])
@pytest.mark.parametrize("on_torch", [False, True], ids=["minigrad", "torch"])
def test_the_layer_is_pytorchs_multi_head_attention(heads, on_torch):
    x = np.random.default_rng(0).standard_normal((2, 8, 32)).astype(np.float32)
    library = torch.nn.MultiheadAttention(32, heads, batch_first=True)
    wanted, weights = library(*[torch.from_numpy(x)] * 3, attn_mask=torch.from_numpy(LATER))
    m = torch if on_torch else mg
    layer = definitions(STEM, on_torch=on_torch).SelfAttention(32, heads)
    arrays = [array.detach().numpy() for array in library.state_dict().values()]
    names = ["to_qkv.weight", "to_qkv.bias", "to_out.weight", "to_out.bias"]
    layer.load_state_dict({name: m.from_numpy(a) for name, a in zip(names, arrays, strict=True)})
    found = layer(m.from_numpy(x), m.from_numpy(LATER))
    np.testing.assert_allclose(found.detach().numpy(), wanted.detach().numpy(), atol=1e-6)
    ours = layer.weights.detach().numpy().mean(axis=1)
    np.testing.assert_allclose(ours, weights.detach().numpy(), atol=1e-6)


@pytest.mark.parametrize("places, hidden", [(1, LATER < 0), (0, LATER < 0), (1, LATER), (1, np.eye(8) == 0)])
def test_the_same_losses_in_both_libraries(places, hidden):
    batches = np.random.default_rng(0).integers(0, 10, (15, 64, 8))
    losses, start = [], None
    for m in (mg, torch):
        model = definitions(STEM, on_torch=m is torch).Reverser()
        start = start or {name: tensor.numpy().copy() for name, tensor in model.state_dict().items()}
        model.load_state_dict({name: m.from_numpy(array) for name, array in start.items()})
        optimizer = m.optim.Adam(model.parameters(), 0.008)
        losses.append([])
        for batch in batches:
            row = m.from_numpy(batch)
            logits = model(row, places, m.from_numpy(hidden)).flatten(0, 1)
            loss = m.nn.functional.cross_entropy(logits, row.flip(1).flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses[-1].append(loss.item())
    np.testing.assert_allclose(*losses, atol=1e-4)
