"""The Transformer: attention and feed-forward networks in stacks of layers, to read and to write.

Vaswani et al. 2017, "Attention Is All You Need", section 3 and figure 1.
"""

import copy
import math

from ..ops import full, triu
from . import functional as F
from . import init
from .attention import MultiheadAttention
from .container import ModuleList
from .layers import Dropout
from .module import Module
from .parametric import LayerNorm, Linear

__all__ = """
    Transformer TransformerDecoder TransformerDecoderLayer TransformerEncoder
    TransformerEncoderLayer
""".split()


class ResidualLayer(Module):
    """The base of both layers: norm(x + block(x)) for attentions and a feed-forward network.

    With `norm_first` it is x + block(norm(x)) (Xiong et al. 2020).
    """

    _attentions = ("self_attn",)

    def __init__(
        self, d_model, nhead, dim_feedforward=2048, dropout=0.1, activation=F.relu,
        layer_norm_eps=1e-5, batch_first=False, norm_first=False, bias=True, device=None, dtype=None
    ):  # fmt: skip
        super().__init__()
        made = {"bias": bias, "device": device, "dtype": dtype}
        for name in self._attentions:
            attention = MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, **made)
            self.register_module(name, attention)
        self.linear1 = Linear(d_model, dim_feedforward, **made)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **made)
        self.norm_first = norm_first
        blocks = range(1, len(self._attentions) + 2)
        for i in blocks:
            self.register_module(f"norm{i}", LayerNorm(d_model, eps=layer_norm_eps, **made))
        for i in blocks:
            self.register_module(f"dropout{i}", Dropout(dropout))
        if isinstance(activation, str) and activation not in ("relu", "gelu"):
            raise RuntimeError(f"activation should be relu/gelu, not {activation}")
        self.activation = getattr(F, activation) if isinstance(activation, str) else activation

    def _through(self, x, norm, block, *arguments):
        """Return the sum of `x` and what the block makes of it, normalised before or after."""
        if self.norm_first:
            return x + block(norm(x), *arguments)
        return norm(x + block(x, *arguments))

    def _sa_block(self, x, attn_mask, key_padding_mask, is_causal=False):
        """Look at `x` itself; PyTorch's programs that want the weights override this."""
        masks = {"attn_mask": attn_mask, "key_padding_mask": key_padding_mask}
        seen, _ = self.self_attn(x, x, x, is_causal=is_causal, need_weights=False, **masks)
        return self.dropout1(seen)

    def _ff_block(self, x):
        last = getattr(self, f"dropout{len(self._attentions) + 1}")
        return last(self.linear2(self.dropout(self.activation(self.linear1(x)))))


class TransformerEncoderLayer(ResidualLayer):
    """Self-attention and a feed-forward network of `dim_feedforward` hidden units.

    Input and output are (S, N, d_model), with `batch_first` (N, S, d_model), or (S, d_model). The
    attention has `nhead` heads. Both blocks compute norm(x + block(x)) or, with `norm_first`, x +
    block(norm(x)), where norm is a `LayerNorm` with the eps `layer_norm_eps`. `dropout` acts on the
    attention's weights, behind the `activation`, which is "relu", "gelu" or a function, and at the
    end of both blocks. Without `bias` nothing has one. The masks are those of `MultiheadAttention`,
    and `is_causal` is a hint that `src_mask` is causal. The errors are those of the parts, and
    RuntimeError for another name of an activation. Evaluation computes as training does: positions
    that are padding get values too, where PyTorch without gradients may give 0.

    >>> import minigrad as mg
    >>> mg.nn.TransformerEncoderLayer(8, nhead=2, dim_feedforward=16)(mg.zeros(5, 3, 8)).shape
    (5, 3, 8)
    """

    def forward(self, src, src_mask=None, src_key_padding_mask=None, is_causal=False):
        masks = (src_mask, src_key_padding_mask, is_causal)
        x = self._through(src, self.norm1, self._sa_block, *masks)
        return self._through(x, self.norm2, self._ff_block)


class TransformerDecoderLayer(ResidualLayer):
    """Self-attention, attention to the encoder's output `memory`, and a feed-forward network.

    `tgt` and the output are (T, N, d_model), `memory` (S, N, d_model), with `batch_first` the batch
    first. `memory_mask` (T, S) and `memory_key_padding_mask` (N, S) say where in `memory` not to
    look. Options and errors are those of `TransformerEncoderLayer`.
    """

    _attentions = ("self_attn", "multihead_attn")

    def forward(
        self, tgt, memory, tgt_mask=None, memory_mask=None, tgt_key_padding_mask=None,
        memory_key_padding_mask=None, tgt_is_causal=False, memory_is_causal=False
    ):  # fmt: skip
        masks = (tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        x = self._through(tgt, self.norm1, self._sa_block, *masks)
        masks = (memory_mask, memory_key_padding_mask, memory_is_causal)
        x = self._through(x, self.norm2, self._mha_block, memory, *masks)
        return self._through(x, self.norm3, self._ff_block)

    def _mha_block(self, x, mem, attn_mask, key_padding_mask, is_causal=False):
        masks = {"attn_mask": attn_mask, "key_padding_mask": key_padding_mask}
        seen, _ = self.multihead_attn(x, mem, mem, is_causal=is_causal, need_weights=False, **masks)
        return self.dropout2(seen)


def stack(module, layer, num_layers, norm):
    """Give a module deep copies of a layer, and what follows them."""
    module.layers = ModuleList(copy.deepcopy(layer) for _ in range(num_layers))
    module.num_layers = num_layers
    module.norm = norm


class TransformerEncoder(Module):
    """`num_layers` deep copies of `encoder_layer`, and a final `norm`, or None.

    Called, it passes input and masks through all, as `TransformerEncoderLayer`, but for `src_mask`,
    which is `mask` here. `enable_nested_tensor` and `mask_check` choose in PyTorch how to compute,
    and change nothing here. TypeError unless given a Module and an integer.
    """

    def __init__(
        self, encoder_layer, num_layers, norm=None, enable_nested_tensor=True, mask_check=True
    ):
        super().__init__()
        stack(self, encoder_layer, num_layers, norm)
        self.enable_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check

    def forward(self, src, mask=None, src_key_padding_mask=None, is_causal=None):
        masks = {"src_mask": mask, "src_key_padding_mask": src_key_padding_mask}
        for layer in self.layers:
            src = layer(src, is_causal=is_causal is True, **masks)
        return src if self.norm is None else self.norm(src)


class TransformerDecoder(Module):
    """`num_layers` deep copies of `decoder_layer`, and a final `norm`, or None.

    It is called as `TransformerDecoderLayer`. TypeError unless given a Module and an integer.
    """

    def __init__(self, decoder_layer, num_layers, norm=None):
        super().__init__()
        stack(self, decoder_layer, num_layers, norm)

    def forward(
        self, tgt, memory, tgt_mask=None, memory_mask=None, tgt_key_padding_mask=None,
        memory_key_padding_mask=None, tgt_is_causal=None, memory_is_causal=False
    ):  # fmt: skip
        for layer in self.layers:
            tgt = layer(
                tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=tgt_is_causal is True, memory_is_causal=memory_is_causal
            )  # fmt: skip
        return tgt if self.norm is None else self.norm(tgt)


class Transformer(Module):
    """An encoder that reads `src` and a decoder that writes `tgt`, looking at what was read.

    `src` is (S, N, d_model), `tgt` and the output (T, N, d_model), with `batch_first` the batch
    first; without a batch (S, d_model) and (T, d_model). The layers, `num_encoder_layers` and
    `num_decoder_layers` of them, have the options and errors of `TransformerEncoderLayer`, and each
    stack ends with a LayerNorm; a `custom_encoder` or `custom_decoder` is taken as it is. Matrices
    start uniform after Glorot and Bengio 2010. RuntimeError unless the batches are of one size and
    the features `d_model`.

    >>> import minigrad as mg
    >>> model = mg.nn.Transformer(8, 2, 1, 1, 16)
    >>> mask = model.generate_square_subsequent_mask(4)
    >>> model(mg.zeros(5, 3, 8), mg.zeros(4, 3, 8), tgt_mask=mask).shape
    (4, 3, 8)
    """

    def __init__(
        self, d_model=512, nhead=8, num_encoder_layers=6, num_decoder_layers=6,
        dim_feedforward=2048, dropout=0.1, activation=F.relu, custom_encoder=None,
        custom_decoder=None, layer_norm_eps=1e-5, batch_first=False, norm_first=False, bias=True,
        device=None, dtype=None
    ):  # fmt: skip
        super().__init__()
        of_layers = (
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first,
            norm_first, bias, device, dtype
        )  # fmt: skip
        norm = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, device=device, dtype=dtype)
        self.encoder = custom_encoder
        if custom_encoder is None:
            layer = TransformerEncoderLayer(*of_layers)
            self.encoder = TransformerEncoder(layer, num_encoder_layers, norm)
        self.decoder = custom_decoder
        if custom_decoder is None:
            layer = TransformerDecoderLayer(*of_layers)
            self.decoder = TransformerDecoder(layer, num_decoder_layers, copy.deepcopy(norm))
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def _reset_parameters(self):
        """Draw all matrices again."""
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)

    def forward(
        self, src, tgt, src_mask=None, tgt_mask=None, memory_mask=None, src_key_padding_mask=None,
        tgt_key_padding_mask=None, memory_key_padding_mask=None, src_is_causal=None,
        tgt_is_causal=None, memory_is_causal=False
    ):  # fmt: skip
        batch = 0 if self.batch_first else 1
        shapes = f"not the shapes {src.shape} and {tgt.shape}"
        if src.ndim == 3 and src.shape[batch] != tgt.shape[batch]:
            raise RuntimeError(f"Transformer: the batches must be equal, {shapes}")
        if (src.shape[-1], tgt.shape[-1]) != (self.d_model, self.d_model):
            raise RuntimeError(f"Transformer: needs {self.d_model} features, {shapes}")
        memory = self.encoder(
            src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal
        )
        return self.decoder(
            tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal, memory_is_causal=memory_is_causal
        )  # fmt: skip

    @staticmethod
    def generate_square_subsequent_mask(sz, device=None, dtype=None):
        """Return the causal mask (sz, sz): 0 and, above the diagonal, -infinity."""
        return triu(full((sz, sz), -math.inf, device=device, dtype=dtype), diagonal=1)
