"""The differentiable operations, a family a file, each forward beside its gradient rules."""

from .. import arguments as _arguments
from .creation import *
from .einsum import *
from .elementwise import *
from .functions import *
from .indexing import *
from .linalg import *
from .norms import *
from .order import *
from .reductions import *
from .shape import *

_arguments.publish(globals())
