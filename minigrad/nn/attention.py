"""Attention of several heads."""

import math

from ..dtypes import is_floating
from ..ops import cat, softmax, zeros
from . import functional as F
from . import init
from .functional.checks import check_dtypes, check_kind, check_tensors
from .module import Module
from .parametric import Linear, new_parameter


class NonDynamicallyQuantizableLinear(Linear):
    """`Linear`, by the name that PyTorch prints for the projection of the output."""


class MultiheadAttention(Module):
    """Attention in `num_heads` parts of the features.

    Inputs are (L, N, E), with `batch_first` (N, L, E), or (L, E). Calling it with query, key and
    value gives the output, of the query's shape, and, if `need_weights`, where each position
    looked: (N, L, S), or for each head (N, H, L, S). `attn_mask`, (L, S) or (N H, L, S), and
    `key_padding_mask`, (N, S), say where not to look if boolean, else are added to the scores.

    Key and value have `kdim` and `vdim` features, `embed_dim` unless given. In training a weight is
    0 with probability `dropout`. Without `bias` the projections have none. `add_bias_kv` appends a
    learned position to both, `add_zero_attn` one of zeros. AssertionError unless the heads divide
    `embed_dim` and for inputs and masks of wrong rank or dtype, ValueError for a number below 1,
    RuntimeError for a mask of another shape, and for `is_causal` without its mask. Vaswani et al.
    2017, section 3.2.2.
    """

    def __init__(
        self, embed_dim, num_heads, dropout=0.0, bias=True, add_bias_kv=False, add_zero_attn=False,
        kdim=None, vdim=None, batch_first=False, device=None, dtype=None
    ):  # fmt: skip
        super().__init__()
        check_heads(embed_dim, num_heads)
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self.num_heads = num_heads
        self.head_dim = embed_dim // num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.add_zero_attn = add_zero_attn
        for name in (
            "in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight", "in_proj_bias",
            "bias_k", "bias_v"
        ):  # fmt: skip
            self.register_parameter(name, None)

        def parameter(*shape):
            return new_parameter("MultiheadAttention", shape, device, dtype)

        if self.kdim == self.vdim == embed_dim:
            self.in_proj_weight = init.xavier_uniform_(parameter(3 * embed_dim, embed_dim))
        else:
            self.q_proj_weight = init.xavier_uniform_(parameter(embed_dim, embed_dim))
            self.k_proj_weight = init.xavier_uniform_(parameter(embed_dim, self.kdim))
            self.v_proj_weight = init.xavier_uniform_(parameter(embed_dim, self.vdim))
        if bias:
            self.in_proj_bias = init.zeros_(parameter(3 * embed_dim))
        if add_bias_kv:
            self.bias_k = init.xavier_normal_(parameter(1, 1, embed_dim))
            self.bias_v = init.xavier_normal_(parameter(1, 1, embed_dim))
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias, device, dtype)
        if bias:
            init.zeros_(self.out_proj.bias)

    def forward(
        self, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None,
        average_attn_weights=True, is_causal=False
    ):  # fmt: skip
        self._check_inputs(query, key, value)
        self._check_masks(query, key, attn_mask, key_padding_mask)
        if is_causal and attn_mask is None:
            raise RuntimeError(
                "MultiheadAttention: is_causal is a hint about attn_mask, which must be given too"
            )
        by_hint = is_causal and key_padding_mask is None and not need_weights
        if by_hint:  # as in PyTorch, which then trusts the hint and does not read the mask
            attn_mask = None
        is_batch = query.ndim == 3
        query, key, value = [self._with_batch_first(x) for x in (query, key, value)]
        mask = self._mask(attn_mask, key_padding_mask, query, key)
        query, key, value = self._heads(query, key, value)
        dropout = self.dropout if self.training else 0.0
        if need_weights:
            out, weights = self._attend(query, key, value, mask, dropout)
        else:
            out = F.scaled_dot_product_attention(query, key, value, mask, dropout, by_hint)
        out = self.out_proj(out.transpose(1, 2).flatten(2))  # (N, L, E)
        if not is_batch:
            out = out.squeeze(0)
        elif not self.batch_first:
            out = out.transpose(0, 1)
        if not need_weights:
            return out, None
        if average_attn_weights:
            weights = weights.mean(1)
        return out, weights if is_batch else weights.squeeze(0)

    def _attend(self, query, key, value, mask, dropout):
        """Return the output of each head and its weights (N, H, L, S)."""
        scores = (query * (1 / math.sqrt(self.head_dim))) @ key.transpose(-2, -1)
        if mask is not None:
            check_dtypes("MultiheadAttention", query, **{"the mask": mask})
            scores = scores + mask
        weights = F.dropout(softmax(scores, -1), dropout, dropout != 0)
        return weights @ value, weights

    def _check_inputs(self, query, key, value):
        """Raise an error unless the inputs fit together and to the parameters."""
        check_tensors("MultiheadAttention", query=query, key=key, value=value)
        dtype = self.out_proj.weight.dtype
        for role, x in (("query", query), ("key", key), ("value", value)):
            if x.dtype != dtype:
                raise RuntimeError(
                    f"MultiheadAttention: {role} is {x.dtype}, the parameters {dtype}; use .to()"
                )
        rank = query.ndim
        both = f"key {key.shape} and value {value.shape}"
        require(rank in (2, 3), f"query must have 2 or 3 axes, not the shape {query.shape}")
        require(key.ndim == value.ndim == rank, f"{both} must have {rank} axes")
        require(
            query.shape[-1] == self.embed_dim,
            f"query {query.shape} must end with {self.embed_dim} features",
        )
        if self.in_proj_weight is None:
            fit = key.shape[:-1] == value.shape[:-1]
        else:
            fit = key.shape == value.shape
        require(fit, f"{both} do not fit together")
        require(
            (key.shape[-1], value.shape[-1]) == (self.kdim, self.vdim),
            f"{both} must end with {self.kdim} and {self.vdim} features",
        )

    def _check_masks(self, query, key, attn_mask, key_padding_mask):
        """Raise an error unless the masks have a dtype and rank that fit to the inputs."""
        rank = query.ndim
        check_mask("attn_mask", attn_mask, (2, 3), query)
        check_mask("key_padding_mask", key_padding_mask, (rank - 1,), query)
        if rank == 2 and attn_mask is not None and attn_mask.ndim == 3:
            shape = (self.num_heads, len(query), len(key))
            require(
                attn_mask.shape == shape,
                f"attn_mask must have shape {shape}, not {attn_mask.shape}",
            )

    def _with_batch_first(self, x):
        """Return an input as (N, L, E)."""
        if x.ndim == 2:
            return x.unsqueeze(0)
        return x if self.batch_first else x.transpose(0, 1)

    def _mask(self, attn_mask, key_padding_mask, query, key):
        """Return what is added to the scores, for (N, L, E) and (N, S, E), or None.

        It broadcasts to the scores' shape (N, H, L, S).
        """
        if len(key) != len(query):
            raise RuntimeError(
                f"MultiheadAttention: the batch of {len(query)} queries meets one of {len(key)} "
                "keys"
            )
        mask = None
        if attn_mask is not None:
            mask = self._added_mask(attn_mask, query, key)
        if key_padding_mask is not None:
            padding = added_padding(key_padding_mask, query, key)
            mask = padding if mask is None else mask + padding
        appended = bool(self.add_zero_attn) + (self.bias_k is not None)
        return F.pad(mask, (0, appended)) if appended and mask is not None else mask

    def _added_mask(self, attn_mask, query, key):
        """Return `attn_mask` in the form that is added to the scores."""
        batch, length, _ = query.shape
        positions = key.shape[1]
        of_all = (length, positions)
        of_each = (batch * self.num_heads, length, positions)
        if attn_mask.shape not in (of_all, of_each):
            raise RuntimeError(
                f"MultiheadAttention: attn_mask must have shape {of_all} or {of_each}, "
                f"not {attn_mask.shape}"
            )
        mask = as_floating_mask(attn_mask, query.dtype)
        if mask.ndim == 3:
            mask = mask.reshape(batch, self.num_heads, length, positions)
        return mask

    def _heads(self, query, key, value):
        """Project query, key and value; return the part of each head.

        The shapes are (N, H, L, E / H) and, for key and value, (N, H, S, E / H).
        """
        if self.in_proj_weight is None:
            weights = [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
        else:
            weights = self.in_proj_weight.chunk(3)
        biases = (None,) * 3 if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
        inputs = zip((query, key, value), weights, biases, strict=True)
        query, key, value = [F.linear(x, weight, bias) for x, weight, bias in inputs]
        if self.bias_k is not None:
            key = cat([key, self.bias_k.expand(len(key), 1, -1)], 1)
            value = cat([value, self.bias_v.expand(len(value), 1, -1)], 1)
        if self.add_zero_attn:
            key = F.pad(key, (0, 0, 0, 1))
            value = F.pad(value, (0, 0, 0, 1))
        return [x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for x in (query, key, value)]


def require(holds, message):
    """Raise AssertionError unless the condition holds."""
    if not holds:
        raise AssertionError(f"MultiheadAttention: {message}")


def check_heads(embed_dim, num_heads):
    """Raise an error unless these are positive integers, and the heads divide the features."""
    check_kind("MultiheadAttention", float, embed_dim=embed_dim, num_heads=num_heads)
    if embed_dim <= 0 or num_heads <= 0:
        raise ValueError(
            f"MultiheadAttention(): needs positive numbers, not {embed_dim=} and {num_heads=}"
        )
    require(embed_dim % num_heads == 0, f"{embed_dim=} must be divisible by {num_heads=}")
    check_kind("MultiheadAttention", int, embed_dim=embed_dim, num_heads=num_heads)


def check_mask(name, mask, ranks, query):
    """Raise an error unless a mask is None, or of a right dtype and number of axes."""
    if mask is None:
        return
    check_tensors("MultiheadAttention", **{name: mask})
    require(
        mask.dtype == bool or is_floating(mask.dtype),
        f"{name} must be boolean or floating, not {mask.dtype}",
    )
    axes = " or ".join(map(str, ranks))
    require(
        mask.ndim in ranks,
        f"{name} must have {axes} axes for a query {query.shape}, not {mask.shape}",
    )


def added_padding(key_padding_mask, query, key):
    """Return `key_padding_mask` in the form that is added to the scores: (N, 1, 1, S)."""
    batch = len(query)
    positions = key.shape[1]
    padding = as_floating_mask(key_padding_mask, query.dtype)
    if padding.ndim == 1:
        padding = padding.unsqueeze(0)
    require(
        padding.shape == (batch, positions),
        f"key_padding_mask must have shape {(batch, positions)}, not {padding.shape}",
    )
    return padding.reshape(batch, 1, 1, positions)


def as_floating_mask(mask, dtype):
    """Return a boolean mask as 0 and, where it is true, -infinity; a floating one as it is."""
    if mask.dtype == bool:
        return zeros(mask.shape, dtype=dtype).masked_fill(mask, -math.inf)
    return mask
