"""Plots of losses, confusion matrices, images, attention, decision regions, histograms, graphs.

Each function draws into `ax`, a matplotlib Axes, or without it into a new figure of pyplot, and
returns the Axes. A notebook shows such a figure, `pyplot.show()` opens it in a window, and
`ax.figure.savefig(path)` saves it; a program that makes many closes each with
`pyplot.close(ax.figure)`. `live` shows a loss curve while a loop trains. Names, titles and labels
are shown literally, `$` included, and never read as formulas. Colour-blind readers can tell the
colours apart.
"""

from .common import BLUE, GREY, MORE, ORANGE
from .curves import histograms, loss_curve
from .graphs import graph, shares
from .grids import attention_map, confusion_counts, confusion_matrix, image_grid
from .growing import live
from .points import decision_regions
