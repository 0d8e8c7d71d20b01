"""Neural networks: modules, layers, losses, and the functions behind them.

The `reduction` of a loss says what becomes of its values, one for each element or each row: "mean",
the default, or "sum" makes one number of them; "none" returns them all. `KLDivLoss` also has
"batchmean". The older `size_average` and `reduce` take the place of `reduction`, and warn.

A layer makes its parameters of the `dtype`, which is the default dtype unless given, and on the
`device`, which is the CPU. With `inplace` an activation replaces the input's own values.
"""

from .. import absent
from .. import arguments as _arguments
from . import functional, init, utils
from .attention import MultiheadAttention
from .container import (
    DataParallel,
    ModuleDict,
    ModuleList,
    ParameterDict,
    ParameterList,
    Sequential,
)
from .layers import *
from .lazy import *
from .module import Module, Parameter
from .parametric import *
from .recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
from .transformer import *

__getattr__ = absent.getattr_of("minigrad.nn", globals())

_arguments.publish_classes(globals(), Module)
