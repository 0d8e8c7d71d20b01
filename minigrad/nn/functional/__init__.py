"""The functions behind the layers: all that is computed, with the parameters as arguments."""

from ... import absent
from ... import arguments as _arguments
from ...ops import log_softmax, sigmoid, softmax, tanh
from .activation import dropout, elu, gelu, leaky_relu, logsigmoid, relu, silu, softplus
from .affine import linear
from .attention import scaled_dot_product_attention
from .classification import cross_entropy, nll_loss, one_hot
from .convolution import adaptive_avg_pool2d, avg_pool2d, conv2d, conv_transpose2d, max_pool2d, pad
from .lookup import embedding
from .normalization import batch_norm, cosine_similarity, layer_norm, normalize
from .regression import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    gaussian_nll_loss,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)

__getattr__ = absent.getattr_of("minigrad.nn.functional", globals())

_arguments.publish(globals())
