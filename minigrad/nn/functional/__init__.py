"""The functions behind the layers: all that is computed, with the parameters as arguments."""

from ...ops import log_softmax, relu, sigmoid, softmax, tanh
from .classification import cross_entropy, nll_loss, one_hot
from .linear import linear
from .regression import binary_cross_entropy, binary_cross_entropy_with_logits, l1_loss, mse_loss
