"""Lesson 22: its block and its training against PyTorch's."""

import numpy as np
import pytest

import minigrad as mg
from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")

STEM = "22_transformer"


@pytest.mark.parametrize("causal", [True, False])
def test_the_block_is_pytorchs_encoder_layer(causal):
    block = definitions(STEM).Block(32, causal)
    layer = torch.nn.TransformerEncoderLayer(32, 1, 128, dropout=0.0, batch_first=True, norm_first=True)
    ours = {
        "self_attn.in_proj_weight": block.to_qkv.weight,
        "self_attn.in_proj_bias": block.to_qkv.bias,
        "self_attn.out_proj.weight": block.to_out.weight,
        "self_attn.out_proj.bias": block.to_out.bias,
        "linear1.weight": block.mlp[0].weight,
        "linear1.bias": block.mlp[0].bias,
        "linear2.weight": block.mlp[2].weight,
        "linear2.bias": block.mlp[2].bias,
        "norm1.weight": block.norm1.weight,
        "norm1.bias": block.norm1.bias,
        "norm2.weight": block.norm2.weight,
        "norm2.bias": block.norm2.bias,
    }
    layer.load_state_dict({name: torch.from_numpy(p.detach().numpy()) for name, p in ours.items()})
    x = np.random.default_rng(0).standard_normal((2, 8, 32)).astype(np.float32)
    mask = torch.nn.Transformer.generate_square_subsequent_mask(8) if causal else None
    expected = layer(torch.from_numpy(x), src_mask=mask).detach().numpy()
    np.testing.assert_allclose(block(mg.tensor(x)).detach().numpy(), expected, atol=2e-6)


@pytest.mark.parametrize("arguments", [[2], [1, 32, True], [1, 32, False, False]])
def test_the_same_losses_in_both_libraries(arguments):
    batches = np.random.default_rng(0).integers(0, 16, (10, 8, 13))
    losses, start = [], None
    for m in (mg, torch):
        lesson = definitions(STEM, on_torch=m is torch)
        model = lesson.Transformer(16, 12, *arguments)
        start = start or {name: tensor.numpy().copy() for name, tensor in model.state_dict().items()}
        model.load_state_dict({name: m.from_numpy(array) for name, array in start.items()})
        optimizer = m.optim.Adam(model.parameters(), 0.01)
        losses.append([])
        for rows in batches:
            loss = lesson.surprise(model, rows).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses[-1].append(loss.item())
    np.testing.assert_allclose(*losses, atol=1e-4)
