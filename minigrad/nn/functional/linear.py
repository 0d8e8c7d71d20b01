"""The affine map behind every fully connected layer, the table behind every embedding, and attention."""

import math

import numpy as np

from ...autograd import graph
from ...autograd.accumulate import add_up
from ...autograd.graph import operation
from ...ops import matmul, softmax, transpose, where
from ...ops.indexing import read
from ...quiet import restore, silence
from ...tensor import Tensor, wrap
from .activation import dropout
from .checks import check_dtypes, check_tensors
from .matrices import as_matrix, row_maxima


# One kernel for the product, the transpose and the bias, over all leading axes at once: 1.7 times as fast as the three
# for 32 x 64 to 10. `dot` has half the overhead of `matmul`.
def _linear(input, weight, bias):
    x, w = input._array, weight._array
    b, b_node = (None, None) if bias is None else (bias._array, bias._node)
    alarms = silence()
    try:
        out = as_matrix(x).dot(w.T)
        if b is not None:
            out += b
    finally:
        restore(alarms)
    out = out if x.ndim == 2 else out.reshape(*x.shape[:-1], len(w))
    return graph.record(_linear, out, (x, w, b), (input._node, weight._node, b_node), {})


graph.declare(
    _linear,
    "linear",
    (
        lambda g, _out, _x, weight, _bias: as_matrix(g).dot(weight).reshape(_x.shape),
        lambda g, _out, x, _weight, _bias: as_matrix(g).T.dot(as_matrix(x)),
        lambda g, *_: add_up(as_matrix(g), (0,)),
    ),
    broadcasts=False,
    composition=lambda x, weight, bias: np.matmul(x, np.transpose(weight)) + (0 if bias is None else bias),
)


def linear(input, weight, bias=None):
    """input @ weight.T + bias, for `input` (..., in), `weight` (out, in) and `bias` (out,); gives (..., out).

    TypeError for what is no tensor, RuntimeError for shapes that do not fit and for different dtypes.
    """
    if not (isinstance(input, Tensor) and isinstance(weight, Tensor) and (bias is None or isinstance(bias, Tensor))):
        check_tensors("linear", input=input, weight=weight, bias=bias)
    x, w = input._array, weight._array
    if w.ndim != 2:
        raise RuntimeError(f"linear(): weight must have shape (out, in), it has {w.shape}")
    if not x.ndim or x.shape[-1] != w.shape[1]:
        raise RuntimeError(
            f"linear(): input of shape {x.shape} does not fit weight of shape {w.shape}: "
            f"its last length must be {w.shape[1]}"
        )
    if bias is not None and bias._array.shape != w.shape[:1]:
        raise RuntimeError(f"linear(): bias of shape {bias.shape} does not fit weight of shape {w.shape}")
    if x.dtype is not w.dtype or (bias is not None and bias._array.dtype is not w.dtype):
        check_dtypes("linear", input, weight=weight, bias=bias)
    return _linear(input, weight, bias)


def embedding(input, weight, padding_idx=None):
    """The rows of `weight` (V, D) that the int64 or int32 indices `input` name: (...) gives (..., D).

    The row `padding_idx` gets no gradient. TypeError for what is no tensor, RuntimeError for other dtypes and ranks,
    IndexError for an index outside [0, V), AssertionError for a `padding_idx` outside.
    """
    check_tensors("embedding", input=input, weight=weight)
    if padding_idx is not None and weight.ndim and not -len(weight) <= padding_idx < len(weight):
        raise AssertionError(f"embedding(): padding_idx {padding_idx} is no row of a weight {weight.shape}")
    index, rows = input._array, weight.shape[0] if weight.ndim else 0
    if weight.ndim != 2 or index.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"embedding(): needs int64 indices and a (V, D) weight, not {index.dtype}, {weight.shape}")
    if index.size and not (0 <= index.min() and index.max() < rows):
        raise IndexError(f"embedding(): an index lies outside [0, {rows - 1}], the rows of weight {weight.shape}")
    out = read(weight, index=(index,))
    if padding_idx is not None:
        out = where(wrap(index == padding_idx % rows).unsqueeze(-1), out.detach(), out)
    return out


def attention_weights(products, scale, mask=None, is_causal=False):
    """softmax(products * scale) over the last axis, 0 where a boolean mask is False; a floating one is added.

    A row that may look nowhere is 0.
    """
    if is_causal:
        mask = wrap(np.tri(*products.shape[-2:], dtype=bool))
    if mask is not None:
        check_tensors("scaled_dot_product_attention", attn_mask=mask)
        if not 0 < mask.ndim <= products.ndim:
            raise RuntimeError(
                f"scaled_dot_product_attention(): attn_mask of shape {mask.shape} must broadcast to "
                f"the scores {products.shape}"
            )
        if mask.dtype not in (bool, np.float32, products.dtype):
            raise RuntimeError(
                f"scaled_dot_product_attention(): attn_mask must be boolean or {products.dtype}, not {mask.dtype}"
            )
        if mask.dtype != bool:
            products, scale, mask = products * scale + mask, 1, None
    return _masked_softmax(products, scale=scale, mask=None if mask is None else mask._array)


def _composed_masked_softmax(products, scale, mask):
    scores = products * scale if mask is None else where(wrap(mask), products * scale, -math.inf)
    blind = wrap(np.all(scores._array == -math.inf, axis=-1, keepdims=True))
    return where(blind, 0.0, softmax(where(blind, 0.0, scores), -1))


def _of_products(g, out, _products, scale, mask):
    weights = as_matrix(out)
    gx = weights * as_matrix(g)
    gx -= weights * add_up(gx, (1,), keepdims=True)
    gx *= out.dtype.type(scale)
    return gx.reshape(out.shape)


# One kernel in place: 3 times as fast as scaling, masking and softmax one after the other.
@operation(_of_products, composition=_composed_masked_softmax)
def _masked_softmax(products, scale, mask):
    out = products * products.dtype.type(scale)
    if mask is not None:
        np.copyto(out, -math.inf, where=~mask)
    if not out.size:
        return out
    rows = as_matrix(out)
    largest = row_maxima(rows)
    rows -= np.where(largest == -math.inf, 0, largest)
    np.exp(rows, out=rows)
    total = add_up(rows, (1,), keepdims=True)
    rows /= np.where(total == 0, 1, total)
    return rows.reshape(products.shape)


def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, *, scale=None):
    """softmax(query @ key^T * scale) @ value: (..., L, E), (..., S, E) and (..., S, V) give (..., L, V).

    `attn_mask`, which broadcasts to (..., L, S), is added to the scores or, if boolean, says where to look; a row
    that may look nowhere gives 0. `is_causal` lets position i look at the first i + 1. `scale` is 1 / sqrt(E) unless
    given. RuntimeError for a mask beside `is_causal`. Vaswani et al. 2017, equation 1.
    """
    name = "scaled_dot_product_attention"
    check_tensors(name, query=query, key=key, value=value)
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError(
            f"{name}(): query, key and value need two axes or more, they have the shapes "
            f"{query.shape}, {key.shape} and {value.shape}"
        )
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(f"{name}(): dropout_p must lie in [0, 1], not be {dropout_p}")
    if attn_mask is not None and is_causal:
        raise RuntimeError(f"{name}(): give either attn_mask or is_causal, not both")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    weights = attention_weights(matmul(query, transpose(key, -2, -1)), scale, attn_mask, is_causal)
    return matmul(dropout(weights, dropout_p) if dropout_p else weights, value)
