"""Pictures of the graph of a computation, in layers: each operation below its inputs.

The layout follows Sugiyama, Tagawa and Toda (1981): layers by the longest path, an order within
each layer by barycentres, then places. An edge that spans several layers passes through a `Vertex`
without a box in each of them.
"""

import numpy as np

from ..core.tensor import Node, Tensor
from .common import BLUE, GREY, ORANGE, families, literal, new_axes

# All lengths are in inches, in a figure of the size that the graph needs.
SIZE = 0.14  # of the letters
GAP = 0.22  # between boxes
PITCH = 0.78  # from layer to layer
HEIGHT = 0.5  # of a box
KEY_PITCH = 0.24  # from line to line of the legend
BEND = 0.13  # of the arrows of `shares`, as a fraction of their length
MOST = 60  # vertices that can still be read
STYLES = {  # of what a box stands for: its edge, its face, its label in the legend
    "result": (ORANGE, "#FBE9DF", "result"),
    "operation": (GREY, "white", "operation, with the shape of its result"),
    "leaf": (BLUE, "#DCEBF5", "leaf that wants a gradient"),
    "constant": ("#BBBBBB", "#EEEEEE", "constant"),
}


class Vertex:
    """A box, or without `lines` a bend in an edge; `inputs` are the vertices connected above."""

    def __init__(self, lines=(), kind=None, inputs=()):
        self.lines = lines
        self.kind = kind
        self.inputs = list(inputs)
        self.layer = self.x = 0
        self.width = 2 * SIZE if not lines else 0.25 + max(_length(line) for line in lines)


def graph(tensor, *, names=None, ax=None):
    """Draw how `tensor` was computed: boxes for operations, leaves and constants, with arrows.

    A box shows the operation, the axis of a reduction, and the shape of the result. `names` maps
    names to tensors of the graph: `names={"x": x, "W": W, "z": z}`. Indices are not shown. Raises
    RuntimeError if there is no graph, or backward has freed it, and ValueError if it has more than
    60 vertices, which nobody could read.
    """
    names = names or {}
    (texts,) = literal(_in_one_line(name) for name in names)
    pairs = zip(texts, names.values(), strict=True)
    named = {_identity(each): text for text, each in pairs if text.strip()}  # not the blank ones
    vertices = _vertices(tensor, named)
    layers = _layers(vertices)
    _place(layers)
    kinds = [kind for kind in STYLES if any(vertex.kind == kind for vertex in vertices)]
    bottom = -PITCH * (len(layers) - 1) - HEIGHT / 2 - KEY_PITCH
    low = bottom - KEY_PITCH * len(kinds)
    high = HEIGHT / 2 + 0.05
    width = max(v.x + v.width / 2 for layer in layers for v in layer)
    width = max(width, *(0.36 + _length(STYLES[kind][2]) for kind in kinds))
    ax = ax or new_axes(width + 0.2, high - low + 0.1)
    for layer in layers:
        for vertex in layer:
            _draw_edges(ax, vertex)
            if vertex.lines:
                _draw_box(ax, vertex)
    _draw_key(ax, kinds, bottom)
    ax.set_xlim(-0.05, width + 0.05)
    ax.set_ylim(low, high)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return ax


def shares(boxes, arrows, *, title="", ax=None):
    """Draw back-propagation on a small graph: solid arrows go forward, dashed ones go back.

    `boxes` maps names to (x, y, text): a place in inches, and one line of text or two. `arrows` are
    triples: the names of an input and of the result computed from it, and the text on the arrow
    back. Raises KeyError if an arrow begins or ends at a name without a box.
    """
    ax = ax or new_axes()
    patches = {}
    for name, (x, y, text) in boxes.items():
        vertex = Vertex(literal(text.split("\n"))[0], "operation")
        vertex.x = x
        vertex.layer = -y / PITCH
        patches[name] = _draw_box(ax, vertex)
    for source, result, text in arrows:
        here, there = (np.array(boxes[name][:2], float) for name in (source, result))
        _draw_arc(ax, here, there, patches[source], patches[result], color=GREY)
        _draw_arc(ax, there, here, patches[result], patches[source], color=ORANGE, linestyle="--")
        aside = np.array([here[1] - there[1], there[0] - here[0]])  # an arc bends to its right
        _write_on(ax, literal([text])[0][0], (here + there) / 2 + BEND / 2 * aside)
    ends = [patch.get_bbox().get_points() for patch in patches.values()]
    left, low = np.min(ends, axis=(0, 1)) - 0.2
    right, high = np.max(ends, axis=(0, 1)) + 0.2
    ax.set(xlim=(left, right), ylim=(low, high), aspect="equal")
    ax.set_title(literal([title])[0][0])
    ax.set_axis_off()
    return ax


# -- What is drawn ---------------------------------------------------------------------------------


def _in_one_line(name):
    return name.replace("\n", r"\n") if isinstance(name, str) else name


def _vertices(tensor, names):
    """Return a vertex for each node and constant of the graph, each after all of its inputs.

    `names` are those of tensors, by `_identity`.
    """
    if not isinstance(tensor, Tensor) or tensor.grad_fn is None:
        raise RuntimeError("graph() of a tensor that no recorded operation computed")
    found = {}
    waiting = [(tensor._node, False)]  # with whether all inputs were found before
    while waiting:
        item, has_inputs = waiting.pop()
        if id(item) in found:
            continue
        inputs = _inputs(item)
        if has_inputs or not inputs:
            above = [found[id(each)] for each in inputs]
            found[id(item)] = _vertex(item, names.get(id(item)), above, tensor)
        else:
            waiting.append((item, True))
            waiting.extend((each, False) for each in reversed(inputs))
        if len(found) > MOST:
            raise ValueError(
                f"graph(): more than {MOST} vertices cannot be read; draw a smaller computation"
            )
    return list(found.values())


def _identity(tensor):
    """Return the id of the node or array that a tensor has in common with its vertex."""
    return id(tensor._array if tensor._node is None else tensor._node)


def _inputs(item):
    """Return the inputs of an operation: nodes where a gradient flows, else arrays and numbers."""
    if not isinstance(item, Node) or item.operation is None:
        return []
    if item.inputs is None:
        raise RuntimeError(
            "graph() of a graph that backward has freed: draw it before, or use retain_graph=True"
        )
    both = zip(item.inputs, item.parents, strict=True)
    # An input None is an optional one that was left out.
    return [x if parent is None else parent for x, parent in both if x is not None]


def _vertex(item, name, inputs, tensor):
    """Return the vertex of a node, an array or a number."""
    if isinstance(item, Node) and item.operation is not None:
        label = _operation_label(item)
        lines = (label if name is None else f"{name} = {label}", _shape_text(item.out.shape))
        return Vertex(lines, "result" if item is tensor._node else "operation", inputs)
    if isinstance(item, Node):
        leaf = item.keeper()
        shape = () if leaf is None else (_shape_text(leaf.shape),)
        return Vertex((name or "leaf", *shape), "leaf")
    if isinstance(item, np.ndarray) and item.ndim:
        return Vertex((name or "constant", _shape_text(item.shape)), "constant")
    return Vertex((name or f"{item:g}",), "constant")


def _operation_label(node):
    name = node.operation.__name__
    axis = node.params.get("axis")
    axis = ", ".join(map(str, axis)) if isinstance(axis, tuple) else axis
    return name if axis in (None, "") else f"{name} over axis {axis}"


def _shape_text(shape):
    return "scalar" if shape == () else str(tuple(shape))


# -- Where it is drawn -----------------------------------------------------------------------------


def _layers(vertices):
    """Return the vertices by layers, from the top, with bends where an edge passes a layer."""
    for vertex in vertices:
        vertex.layer = 1 + max((each.layer for each in vertex.inputs), default=-1)
    for vertex in reversed(vertices):  # one without inputs lies right above the first that needs it
        below = [each.layer for each in vertices if vertex in each.inputs]
        if below and not vertex.inputs:
            vertex.layer = min(below) - 1
    layers = [[] for _ in range(1 + max(vertex.layer for vertex in vertices))]
    bends = {}  # by the id of the vertex where the edge begins, and the layer
    for vertex in vertices:
        layers[vertex.layer].append(vertex)
        for slot, source in enumerate(vertex.inputs):
            above = source
            for layer in range(source.layer + 1, vertex.layer):
                if (id(source), layer) not in bends:
                    bend = Vertex(inputs=[above])
                    bend.layer = layer
                    bends[id(source), layer] = bend
                    layers[layer].append(bend)
                above = bends[id(source), layer]
            vertex.inputs[slot] = above
    return layers


def _place(layers, sweeps=24):
    """Set the order within the layers, then the places, near the mean of the neighbours."""
    above = {v: v.inputs for layer in layers for v in layer}
    below = {v: [] for v in above}
    for vertex, inputs in above.items():
        for each in inputs:
            below[each].append(vertex)
    for layer in layers:
        for i, vertex in enumerate(layer):
            vertex.x = i
    for sweep in range(2 * sweeps):
        downwards = sweep % 2 == 0
        neighbours = above if downwards else below
        set_places = _in_order if sweep < sweeps else _side_by_side
        for layer in layers if downwards else reversed(layers):
            set_places(layer, [_mean_place(neighbours[v], v.x) for v in layer])
    left = min(vertex.x - vertex.width / 2 for vertex in above)
    for vertex in above:
        vertex.x -= left


def _mean_place(neighbours, default):
    return np.mean([each.x for each in neighbours]) if neighbours else default


def _in_order(layer, wanted):
    """Sort the layer by the places `wanted`, and number it from the middle."""
    layer[:] = [layer[i] for i in np.argsort(wanted, kind="stable")]
    for i, vertex in enumerate(layer):
        vertex.x = i - (len(layer) - 1) / 2


def _side_by_side(layer, wanted):
    """Set places that keep the order and the gaps, nearest to `wanted` in least squares."""
    widths = np.array([vertex.width + GAP for vertex in layer])
    offsets = np.cumsum(widths) - widths / 2
    blocks = []  # of vertices that touch: the sum of their places, and how many they are
    for place in np.asarray(wanted) - offsets:
        blocks.append((place, 1))
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            a, m = blocks.pop()
            b, n = blocks.pop()
            blocks.append((a + b, m + n))
    starts = np.repeat([total / count for total, count in blocks], [count for _, count in blocks])
    for vertex, x in zip(layer, starts + offsets, strict=True):
        vertex.x = x


# -- Drawing ---------------------------------------------------------------------------------------


def _length(line):
    return _path(line).get_extents().x1


def _path(line):
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    return TextPath((0, 0), line, size=SIZE, prop=FontProperties(family=families([line])))


def _draw_box(ax, vertex):
    from matplotlib.patches import FancyBboxPatch

    edge, face, _ = STYLES[vertex.kind]
    low_left = (vertex.x - vertex.width / 2, -PITCH * vertex.layer - HEIGHT / 2)
    box = FancyBboxPatch(low_left, vertex.width, HEIGHT, boxstyle="round,pad=0,rounding_size=0.07")
    box.set(edgecolor=edge, facecolor=face, linewidth=1.2, zorder=2, label="\n".join(vertex.lines))
    baselines = (0.05, -0.17) if len(vertex.lines) == 2 else (-0.05,)
    for line, baseline in zip(vertex.lines, baselines, strict=True):
        _write(ax, line, vertex.x - _length(line) / 2, -PITCH * vertex.layer + baseline)
    return ax.add_patch(box)


def _write(ax, line, x, y):
    """Write text in the units of the axes, so that it fits its box at any size."""
    from matplotlib.patches import PathPatch
    from matplotlib.transforms import Affine2D

    path = Affine2D().translate(x, y).transform_path(_path(line))
    ax.add_patch(PathPatch(path, color="black", linewidth=0, zorder=3))


def _draw_edges(ax, vertex):
    """Draw an arrow from each input to the vertex; they enter its box side by side."""
    inputs = sorted(vertex.inputs, key=lambda each: each.x)
    spread = min(0.3, vertex.width / (len(inputs) + 1))
    style = {"arrowstyle": "-|>" if vertex.lines else "-", "color": GREY, "linewidth": 1}
    style.update(shrinkA=0, shrinkB=0, mutation_scale=10)
    top = -PITCH * vertex.layer + HEIGHT / 2
    for i, each in enumerate(inputs):
        end = vertex.x + spread * (i - (len(inputs) - 1) / 2), top
        ax.annotate("", end, (each.x, -PITCH * each.layer - HEIGHT / 2), arrowprops=style, zorder=1)
    if not vertex.lines:  # straight down past the boxes of its layer
        ax.plot([vertex.x] * 2, [top, top - HEIGHT], color=GREY, linewidth=1, zorder=1)


def _draw_arc(ax, here, there, start, end, **style):
    """Draw a bent arrow between the centres of two boxes, visible outside of both."""
    from matplotlib.patches import FancyArrowPatch

    style.update(arrowstyle="-|>", connectionstyle=f"arc3,rad={BEND}", mutation_scale=12, zorder=1)
    style.update(patchA=start, patchB=end, shrinkA=1, shrinkB=1)
    ax.add_patch(FancyArrowPatch(here, there, **style))


def _write_on(ax, line, place):
    """Write text on white, with its middle at that place."""
    from matplotlib.patches import Rectangle

    x, y = place - np.array([_length(line) / 2, SIZE / 3])
    size = _length(line) + 0.06, SIZE + 0.06
    ax.add_patch(Rectangle((x - 0.03, y - 0.05), *size, color="white", zorder=2))
    _write(ax, line, x, y)


def _draw_key(ax, kinds, top):
    """Draw the legend of the boxes, below the graph and in the same units."""
    from matplotlib.patches import Rectangle

    for row, kind in enumerate(kinds):
        edge, face, text = STYLES[kind]
        y = top - KEY_PITCH * row
        ax.add_patch(Rectangle((0, y - 0.07), 0.26, 0.14, edgecolor=edge, facecolor=face))
        _write(ax, text, 0.36, y - 0.05)
