"""Attention of several heads."""

import math

from ..dtypes import is_floating
from ..ops import cat, softmax, zeros
from . import functional as F
from . import init
from .affine import Linear, new_parameter
from .functional.checks import check_dtypes, check_kind, check_tensors
from .module import Module


class MultiheadAttention(Module):
    """Attention in `num_heads` parts of the features, from (L, N, E), with `batch_first` (N, L, E), or (L, E).

    Calling it with query, key and value gives the output, of the query's shape, and, if `need_weights`, where each
    position looked: (N, L, S), or for each head (N, H, L, S). `attn_mask`, (L, S) or (N H, L, S), and
    `key_padding_mask`, (N, S), say where not to look if boolean, else are added to the scores.

    Key and value have `kdim` and `vdim` features, `embed_dim` unless given. `add_bias_kv` appends a learned position
    to both, `add_zero_attn` one of zeros. AssertionError unless the heads divide `embed_dim` and for inputs and masks
    of wrong rank or dtype, ValueError for a number below 1, RuntimeError for a mask of another shape, and for
    `is_causal` without its mask. Vaswani et al. 2017, section 3.2.2.
    """

    def __init__(
        self, embed_dim, num_heads, dropout=0.0, bias=True, add_bias_kv=False, add_zero_attn=False, kdim=None,
        vdim=None, batch_first=False, device=None, dtype=None
    ):  # fmt: skip
        super().__init__()
        check_kind("MultiheadAttention", float, embed_dim=embed_dim, num_heads=num_heads)
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"MultiheadAttention(): needs positive numbers, not {embed_dim=} and {num_heads=}"
            )
        _require(embed_dim % num_heads == 0, f"{embed_dim=} must be divisible by {num_heads=}")
        check_kind("MultiheadAttention", int, embed_dim=embed_dim, num_heads=num_heads)
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self.num_heads = num_heads
        self.head_dim = embed_dim // num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.add_zero_attn = add_zero_attn

        def add(name, wanted, shape, start):
            if wanted:
                parameter = start(new_parameter("MultiheadAttention", shape, device, dtype))
            self.register_parameter(name, parameter if wanted else None)

        joint = self.kdim == self.vdim == embed_dim
        add("in_proj_weight", joint, (3 * embed_dim, embed_dim), init.xavier_uniform_)
        add("q_proj_weight", not joint, (embed_dim, embed_dim), init.xavier_uniform_)
        add("k_proj_weight", not joint, (embed_dim, self.kdim), init.xavier_uniform_)
        add("v_proj_weight", not joint, (embed_dim, self.vdim), init.xavier_uniform_)
        add("in_proj_bias", bias, (3 * embed_dim,), init.zeros_)
        add("bias_k", add_bias_kv, (1, 1, embed_dim), init.xavier_normal_)
        add("bias_v", add_bias_kv, (1, 1, embed_dim), init.xavier_normal_)
        self.out_proj = Linear(embed_dim, embed_dim, bias, device, dtype)
        if bias:
            init.zeros_(self.out_proj.bias)

    def forward(
        self, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None,
        average_attn_weights=True, is_causal=False
    ):  # fmt: skip
        self._check(query, key, value, attn_mask, key_padding_mask)
        if is_causal and attn_mask is None:
            raise RuntimeError("MultiheadAttention: is_causal is a hint about attn_mask, which must be given too")
        single = query.ndim == 2
        query, key, value = [self._batch_first(x) for x in (query, key, value)]
        mask = self._mask(attn_mask, key_padding_mask, query, key)
        query, key, value = self._projected(query, key, value)
        dropout = self.dropout if self.training else 0.0
        if need_weights:
            scores = (query * (1 / math.sqrt(self.head_dim))) @ key.transpose(-2, -1)
            if mask is not None:
                check_dtypes("MultiheadAttention", query, **{"the mask": mask})
                scores = scores + mask
            seen = F.dropout(softmax(scores, -1), dropout, dropout != 0)
            out = seen @ value
        else:
            out = F.scaled_dot_product_attention(query, key, value, mask, dropout)
        out = self.out_proj(out.transpose(1, 2).flatten(2))  # (N, L, E)
        out = out.squeeze(0) if single else out if self.batch_first else out.transpose(0, 1)
        if not need_weights:
            return out, None
        seen = seen.mean(1) if average_attn_weights else seen
        return out, seen.squeeze(0) if single else seen

    def _check(self, query, key, value, attn_mask, key_padding_mask):
        check_tensors("MultiheadAttention", query=query, key=key, value=value)
        dtype = self.out_proj.weight.dtype
        for role, x in (("query", query), ("key", key), ("value", value)):
            if x.dtype != dtype:
                raise RuntimeError(f"MultiheadAttention: {role} is {x.dtype}, the parameters {dtype}; use .to()")
        rank = query.ndim
        _require(rank in (2, 3), f"query must have 2 or 3 axes, not the shape {query.shape}")
        _require(key.ndim == value.ndim == rank, f"key {key.shape} and value {value.shape} must have {rank} axes")
        _require(query.shape[-1] == self.embed_dim, f"query {query.shape} must end with {self.embed_dim} features")
        same = key.shape[:-1] == value.shape[:-1] if self.in_proj_weight is None else key.shape == value.shape
        _require(same, f"key {key.shape} and value {value.shape} do not fit together")
        ends = (key.shape[-1], value.shape[-1]) == (self.kdim, self.vdim)
        _require(ends, f"key {key.shape} and value {value.shape} must end with {self.kdim} and {self.vdim} features")
        _check_mask("attn_mask", attn_mask, (2, 3), query)
        _check_mask("key_padding_mask", key_padding_mask, (rank - 1,), query)
        if rank == 2 and attn_mask is not None and attn_mask.ndim == 3:
            shape = (self.num_heads, len(query), len(key))
            _require(attn_mask.shape == shape, f"attn_mask must have shape {shape}, not {attn_mask.shape}")

    def _batch_first(self, x):
        return x.unsqueeze(0) if x.ndim == 2 else x if self.batch_first else x.transpose(0, 1)

    def _mask(self, attn_mask, key_padding_mask, query, key):
        """What is added to the scores (N, H, L, S), broadcasting, for (N, L, E) and (N, S, E); None for nothing."""
        batch, length, _ = query.shape
        positions = key.shape[1]
        if len(key) != batch:
            raise RuntimeError(f"MultiheadAttention: the batch of {batch} queries meets one of {len(key)} keys")
        total = None
        if attn_mask is not None:
            of_all, of_each = (length, positions), (batch * self.num_heads, length, positions)
            if attn_mask.shape not in (of_all, of_each):
                raise RuntimeError(
                    f"MultiheadAttention: attn_mask must have shape {of_all} or {of_each}, not {attn_mask.shape}"
                )
            total = _added(attn_mask, query.dtype)
            if attn_mask.ndim == 3:
                total = total.reshape(batch, self.num_heads, length, positions)
        if key_padding_mask is not None:
            padding = _added(key_padding_mask, query.dtype)
            padding = padding if padding.ndim == 2 else padding.unsqueeze(0)
            _require(
                padding.shape == (batch, positions),
                f"key_padding_mask must have shape {(batch, positions)}, not {padding.shape}",
            )
            padding = padding.reshape(batch, 1, 1, positions)
            total = padding if total is None else total + padding
        appended = bool(self.add_zero_attn) + (self.bias_k is not None)
        return F.pad(total, (0, appended)) if appended and total is not None else total

    def _projected(self, query, key, value):
        """The parts of query, key and value for each head: (N, H, L, E / H) and (N, H, S, E / H)."""
        if self.in_proj_weight is None:
            weights = [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
        else:
            weights = self.in_proj_weight.chunk(3)
        biases = (None,) * 3 if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
        inputs = zip((query, key, value), weights, biases, strict=True)
        query, key, value = [F.linear(x, weight, bias) for x, weight, bias in inputs]
        if self.bias_k is not None:
            key, value = [
                cat([x, bias.expand(len(x), 1, -1)], 1) for x, bias in ((key, self.bias_k), (value, self.bias_v))
            ]
        if self.add_zero_attn:
            key, value = [F.pad(x, (0, 0, 0, 1)) for x in (key, value)]
        return [x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for x in (query, key, value)]


def _require(holds, message):
    if not holds:
        raise AssertionError(f"MultiheadAttention: {message}")


def _check_mask(name, mask, ranks, query):
    if mask is not None:
        check_tensors("MultiheadAttention", **{name: mask})
        known = mask.dtype == bool or is_floating(mask.dtype)
        _require(known, f"{name} must be boolean or floating, not {mask.dtype}")
        axes = " or ".join(map(str, ranks))
        _require(mask.ndim in ranks, f"{name} must have {axes} axes for a query {query.shape}, not {mask.shape}")


def _added(mask, dtype):
    """A mask in the form that is added to the scores."""
    return zeros(mask.shape, dtype=dtype).masked_fill(mask, -math.inf) if mask.dtype == bool else mask
