"""Pictures: loss curves, confusion matrices, images, attention, decision regions, histograms, graphs.

Each function draws into `ax`, a matplotlib Axes, or into a new Figure of its own, and returns the Axes;
`ax.figure.savefig(path)` saves it. pyplot is never touched, so nothing needs a screen and nothing is left open.
The colours are told apart by colour-blind readers too.
"""

from .common import BLUE, GREY, MORE, ORANGE, new_axes
from .curves import histograms, loss_curve
from .graphs import graph
from .grids import attention_map, confusion_counts, confusion_matrix, image_grid
from .points import decision_regions
