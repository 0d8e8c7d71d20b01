"""Attention of several heads."""

import math

from ..ops import softmax
from . import functional as F
from . import init
from .affine import Linear, new_parameter
from .module import Module


class MultiheadAttention(Module):
    """Attention in `num_heads` parts of the features, from (L, N, E), with `batch_first` (N, L, E), or (L, E).

    Calling it with query, key and value gives the output, of the query's shape, and, if `need_weights`, where each
    position looked: (N, L, S), or for each head (N, H, L, S). `attn_mask`, (L, S) or (N H, L, S), and
    `key_padding_mask`, (N, S), say where not to look if boolean, else are added to the scores. AssertionError unless
    the heads divide `embed_dim`, RuntimeError for `is_causal` without its mask. Vaswani et al. 2017, section 3.2.2.
    """

    def __init__(self, embed_dim, num_heads, dropout=0.0, bias=True, *, batch_first=False, device=None, dtype=None):
        super().__init__()
        assert embed_dim % num_heads == 0, "embed_dim must be divisible by num_heads"
        self.embed_dim, self.num_heads, self.dropout, self.batch_first = embed_dim, num_heads, dropout, batch_first
        self.in_proj_weight = init.xavier_uniform_(new_parameter((3 * embed_dim, embed_dim), device, dtype))
        in_bias = init.zeros_(new_parameter((3 * embed_dim,), device, dtype)) if bias else None
        self.register_parameter("in_proj_bias", in_bias)
        self.out_proj = Linear(embed_dim, embed_dim, bias, device, dtype)
        if bias:
            init.zeros_(self.out_proj.bias)

    def forward(
        self, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None,
        average_attn_weights=True, is_causal=False
    ):  # fmt: skip
        if is_causal and attn_mask is None:
            raise RuntimeError("MultiheadAttention: is_causal is a hint about attn_mask, which must be given too")
        single = query.ndim == 2
        weights = self.in_proj_weight.chunk(3)
        biases = (None,) * 3 if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
        parts = []
        for x, weight, bias in zip((query, key, value), weights, biases, strict=True):
            x = F.linear(x, weight, bias)
            x = x.unsqueeze(0) if single else x if self.batch_first else x.transpose(0, 1)  # (N, L, E)
            parts.append(x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2))  # (N, H, L, E / H)
        scores = (parts[0] * (1 / math.sqrt(parts[0].shape[-1]))) @ parts[1].transpose(-2, -1)
        if attn_mask is not None:
            shape = (-1, self.num_heads, *attn_mask.shape[1:]) if attn_mask.ndim == 3 else attn_mask.shape
            scores = _masked(scores, attn_mask.reshape(shape))
        if key_padding_mask is not None:
            scores = _masked(scores, key_padding_mask.reshape(-1, 1, 1, key_padding_mask.shape[-1]))
        seen = F.dropout(softmax(scores, -1), self.dropout, self.training and self.dropout > 0)
        out = self.out_proj((seen @ parts[2]).transpose(1, 2).flatten(2))  # (N, L, E)
        out = out.squeeze(0) if single else out if self.batch_first else out.transpose(0, 1)
        if not need_weights:
            return out, None
        seen = seen.mean(1) if average_attn_weights else seen
        return out, seen.squeeze(0) if single else seen


def _masked(scores, mask):
    return scores.masked_fill(mask, -math.inf) if mask.dtype == bool else scores + mask
