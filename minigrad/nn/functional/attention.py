"""Scaled dot-product attention."""

import math

import numpy as np

from ...core.tensor import wrap
from ...kernels.activation import masked_softmax
from ...ops import matmul, transpose
from .activation import dropout
from .checks import check_tensors, check_usual

NAME = "scaled_dot_product_attention"


def check_mask(mask, products):
    """Raise an error unless a mask is a tensor that broadcasts to the scores and has their dtype.

    A boolean mask and one of float32 will do, too.
    """
    check_tensors(NAME, attn_mask=mask)
    if not 0 < mask.ndim <= products.ndim:
        raise RuntimeError(
            f"{NAME}(): attn_mask of shape {mask.shape} must broadcast to the scores "
            f"{products.shape}"
        )
    if mask.dtype not in (bool, np.float32, products.dtype):
        raise RuntimeError(
            f"{NAME}(): attn_mask must be boolean or {products.dtype}, not {mask.dtype}"
        )


def attention_weights(products, scale, mask=None, is_causal=False):
    """Return softmax(products * scale) over the last axis, 0 where a boolean mask is False.

    A floating mask is added to the scores. A fully masked row gets weights of 0.
    """
    if is_causal:
        mask = wrap(np.tri(*products.shape[-2:], dtype=bool))
    if mask is None:
        return masked_softmax(products, scale=scale, mask=None)
    check_mask(mask, products)
    if mask.dtype == bool:
        return masked_softmax(products, scale=scale, mask=mask._array)
    return masked_softmax(products * scale + mask, scale=1, mask=None)


def scaled_dot_product_attention(
    query,
    key,
    value,
    attn_mask=None,
    dropout_p=0.0,
    is_causal=False,
    *,
    scale=None,
    enable_gqa=False,
):
    """Return softmax(query @ key^T * scale) @ value.

    Shapes (..., L, E), (..., S, E) and (..., S, V) give (..., L, V). `attn_mask`, which broadcasts
    to (..., L, S), is added to the scores or, if boolean, says where to look; a fully masked row
    gives 0. `is_causal` lets position i look at the first i + 1. `scale` is 1 / sqrt(E) unless
    given. RuntimeError for both a mask and `is_causal`. Vaswani et al. 2017, equation 1.
    """
    check_tensors(NAME, query=query, key=key, value=value)
    check_usual(NAME, enable_gqa=(enable_gqa, False))
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError(
            f"{NAME}(): query, key and value need two axes or more, they have the shapes "
            f"{query.shape}, {key.shape} and {value.shape}"
        )
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(f"{NAME}(): dropout_p must lie in [0, 1], not be {dropout_p}")
    if attn_mask is not None and is_causal:
        raise RuntimeError(f"{NAME}(): give either attn_mask or is_causal, not both")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    weights = attention_weights(matmul(query, transpose(key, -2, -1)), scale, attn_mask, is_causal)
    return matmul(dropout(weights, dropout_p) if dropout_p else weights, value)
