"""The functions behind the layers: all that is computed, with the parameters as arguments.

The `reduction` of a loss says what becomes of its values, one for each element or each row: "mean",
the default, or "sum" makes one number of them; "none" returns them all. `kl_div` also has
"batchmean". The older `size_average` and `reduce` take the place of `reduction`, and warn.

With `inplace` an activation replaces the input's own values.
"""

from ... import absent
from ... import arguments as _arguments
from ...ops import sigmoid, tanh
from .activation import (
    dropout,
    dropout1d,
    dropout2d,
    elu,
    gelu,
    leaky_relu,
    logsigmoid,
    prelu,
    relu,
    relu6,
    selu,
    silu,
    softplus,
)
from .affine import linear
from .attention import scaled_dot_product_attention
from .classification import cross_entropy, nll_loss, one_hot
from .convolution import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    avg_pool1d,
    avg_pool2d,
    conv1d,
    conv2d,
    conv_transpose2d,
    max_pool1d,
    max_pool2d,
    pad,
)
from .deprecated import log_softmax, softmax
from .lookup import embedding
from .normalization import (
    batch_norm,
    cosine_similarity,
    group_norm,
    layer_norm,
    normalize,
    rms_norm,
)
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
from .resampling import interpolate, pixel_shuffle

__getattr__ = absent.getattr_of("minigrad.nn.functional", globals())

_arguments.publish(globals())
