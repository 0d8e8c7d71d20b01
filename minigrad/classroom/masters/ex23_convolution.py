"""Convolution: maps of many pictures, the gradient of a kernel, and what sharing saves.

Belongs to lesson 23, "What does sharing weights buy?".

A kernel has K rows and L columns. It lies on a picture with its upper left weight at a pixel, is
never turned, and never leaves the picture: there is no padding. With the stride s it moves by s
pixels at a time, to the right and down. What is left over at the right and at the bottom, too
little for one more place, is not used.

`np.ndindex(rows, columns)` goes over all pairs (i, j): (0, 0), (0, 1), ... `np.zeros(shape)` is an
array to fill. All arrays are float64. The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def convolve_all(images, kernel, stride):
    """The maps of the pictures, shape (N, rows, columns).

    images has shape (N, H, W), kernel (K, L), which need not be a square. The first place of the
    kernel is the upper left corner; each next place is `stride` pixels farther. As many rows and
    columns as fit.
    """
    K, L = kernel.shape
    # BEGIN SOLUTION A: find how many rows and columns fit; fill the maps, and return them
    rows = (images.shape[1] - K) // stride + 1
    columns = (images.shape[2] - L) // stride + 1
    maps = np.zeros((len(images), rows, columns))
    for i, j in np.ndindex(rows, columns):
        seen = images[:, i * stride : i * stride + K, j * stride : j * stride + L]
        maps[:, i, j] = (kernel * seen).sum(axis=(1, 2))
    return maps
    # END SOLUTION


# %% Part B (2 points)
def kernel_gradient(images, d):
    """The gradient of the loss for the kernel, shape (K, L). The stride is 1.

    images has shape (N, H, W). One kernel was laid on all of them. d has shape (N, rows, columns):
    the gradient of the loss for each number of the maps. The loss is one number, for all pictures
    together. K and L follow from the shapes.
    """
    rows, columns = d.shape[1:]
    # BEGIN SOLUTION B: find K and L; fill the gradient, and return it
    K = images.shape[1] - rows + 1
    L = images.shape[2] - columns + 1
    gradient = np.zeros((K, L))
    for a, b in np.ndindex(K, L):
        gradient[a, b] = (d * images[:, a : a + rows, b : b + columns]).sum()
    return gradient
    # END SOLUTION


# %% Part C (2 points)
def cost(channels, kernels, K, H, W, shared):
    """The pair (numbers, multiplications) of a layer, two whole numbers; the stride is 1.

    It has so many `kernels`, K x K for each of the `channels` of its input, whose maps have H rows
    and W columns. Each kernel has a bias. If `shared` is False, each place has kernels and biases
    of its own. Numbers are weights and biases. Multiplications are those for one picture: a weight
    times a number of the input.
    """
    # BEGIN SOLUTION C: return the pair
    places = (H - K + 1) * (W - K + 1)
    weights = kernels * channels * K * K
    numbers = weights + kernels
    return numbers if shared else numbers * places, weights * places
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import Wrong, answer, check, compare, several, taken  # noqa: E402

HINTS = {
    "A": [
        "The last place begins at row i * stride, and i * stride + K must not be above H.",
        "rows = (H - K) // stride + 1. At the place (i, j), multiply the kernel by the pixels "
        "under it, for all pictures at once, and add up each picture alone.",
        "for i, j in np.ndindex(rows, columns):\n"
        "    seen = images[:, i * stride : ..., j * stride : ...]\n"
        "    maps[:, i, j] = (kernel * seen).sum(axis=...)",
    ],
    "B": [
        "A map has H - K + 1 rows. Which K has given the rows of d?",
        "The weight (a, b) met the pixels i + a, j + b, for all i and j: a window of the pictures, "
        "as large as a map. And it met them in each picture.",
        "for a, b in np.ndindex(K, L):\n"
        "    gradient[a, b] = (d * images[:, a : ..., b : ...]).sum()",
    ],
    "C": [
        "How many weights has one kernel? How many places has a map?",
        "A kernel has channels * K * K weights and one bias. A map has (H - K + 1) (W - K + 1) "
        "places. Each weight is used once at each place, shared or not.",
        "places = ...\nweights = kernels * channels * K * K\n"
        "return weights + kernels, weights * places  # if shared",
    ],
}

_LOOP = (
    "rows = (images.shape[1] - K) // stride + 1\n"
    "columns = (images.shape[2] - L) // stride + 1\n"
    "maps = np.zeros((len(images), rows, columns))\n"
    "for i, j in np.ndindex(rows, columns):\n"
    "    seen = images[:, i * stride : i * stride + K, j * stride : j * stride + L]\n"
    "    maps[:, i, j] = (kernel * seen).sum(axis=(1, 2))\n"
    "return maps"
)
_SUM = (
    "K = images.shape[1] - rows + 1\n"
    "L = images.shape[2] - columns + 1\n"
    "gradient = np.zeros((K, L))\n"
    "for a, b in np.ndindex(K, L):\n"
    "    gradient[a, b] = (d * images[:, a : a + rows, b : b + columns]).sum()\n"
    "return gradient"
)
_COST = (
    "places = (H - K + 1) * (W - K + 1)\n"
    "weights = kernels * channels * K * K\n"
    "numbers = weights + kernels\n"
    "return numbers if shared else numbers * places, weights * places"
)
RIGHT = {
    "windows_and_einsum": (
        "A",
        "seen = np.lib.stride_tricks.sliding_window_view(images, (K, L), axis=(1, 2))\n"
        'return np.einsum("nijab,ab->nij", seen[:, ::stride, ::stride], kernel)',
    ),
    "weight_by_weight": (
        "A",
        "N, H, W = images.shape\n"
        "rows, columns = 1 + (H - K) // stride, 1 + (W - L) // stride\n"
        "maps = 0.0\n"
        "for a in range(K):\n"
        "    for b in range(L):\n"
        "        pixels = images[:, a : a + stride * (rows - 1) + 1 : stride]\n"
        "        maps = maps + kernel[a, b] * pixels[:, :, b : b + stride * (columns - 1) + 1 : "
        "stride]\n"
        "return maps",
    ),
    "pixel_by_pixel": (
        "A",
        "maps = []\n"
        "for picture in images.tolist():\n"
        "    H, W = len(picture), len(picture[0])\n"
        "    one = []\n"
        "    for top in range(0, H - K + 1, stride):\n"
        "        one.append([])\n"
        "        for left in range(0, W - L + 1, stride):\n"
        "            products = [picture[top + a][left + b] * kernel[a, b] for a in range(K) for b "
        "in range(L)]\n"
        "            one[-1].append(sum(products))\n"
        "    maps.append(one)\n"
        "return maps",
    ),
    "columns_of_patches": (
        "A",
        "tops, lefts = range(0, images.shape[1] - K + 1, stride), range(0, images.shape[2] - L + "
        "1, stride)\n"
        "patches = np.stack([images[:, i : i + K, j : j + L].reshape(len(images), -1) for i in "
        "tops for j in lefts])\n"
        "return (patches @ kernel.ravel()).T.reshape(-1, len(tops), len(lefts))",
    ),
    "tensors": (
        "A",
        "import minigrad as mg\n"
        "from minigrad.nn import functional as F\n"
        "maps = F.conv2d(mg.tensor(images).unsqueeze(1), mg.tensor(kernel)[None, None], "
        "stride=stride)\n"
        "return maps.squeeze(1)",
    ),
    "windows": (
        "B",
        "seen = np.lib.stride_tricks.sliding_window_view(images, d.shape[1:], axis=(1, 2))\n"
        "return np.tensordot(seen, d, axes=([0, 3, 4], [0, 1, 2]))",
    ),
    "place_by_place": (
        "B",
        "K, L = images.shape[1] - rows + 1, images.shape[2] - columns + 1\n"
        "gradient = np.zeros((K, L))\n"
        "for picture, of_map in zip(images, d):\n"
        "    for i in range(rows):\n"
        "        for j in range(columns):\n"
        "            gradient += of_map[i, j] * picture[i : i + K, j : j + L]\n"
        "return gradient",
    ),
    "back_propagation": (
        "B",
        "import minigrad as mg\n"
        "from minigrad.nn import functional as F\n"
        "shape = [1 + size - count for size, count in zip(images.shape[1:], d.shape[1:])]\n"
        "kernel = mg.zeros(1, 1, *shape, dtype=mg.float64, requires_grad=True)\n"
        "(F.conv2d(mg.tensor(images[:, None]), kernel) * mg.tensor(d[:, None])).sum().backward()\n"
        "return kernel.grad.numpy()[0, 0]",
    ),
    "nested_lists": (
        "B",
        "K = 1 + images.shape[1] - rows\n"
        "L = 1 + images.shape[2] - columns\n"
        "return [\n"
        "    [float(np.vdot(d, images[:, a : a + rows, b : b + columns])) for b in range(L)] for a "
        "in range(K)\n"
        "]",
    ),
    "place_by_place_in_whole_numbers": (
        "C",
        "numbers = multiplications = 0\n"
        "for _ in range(H - K + 1):\n"
        "    for _ in range(W - K + 1):\n"
        "        numbers += kernels * (channels * K**2 + 1)\n"
        "        multiplications += kernels * channels * K**2\n"
        "return [kernels * (channels * K**2 + 1) if shared else numbers, multiplications]",
    ),
    "an_array": (
        "C",
        "per_kernel = np.prod([channels, K, K])\n"
        "places = np.prod(np.array([H, W]) - K + 1)\n"
        "return np.array([(per_kernel + 1) * kernels * (1 if shared else places), per_kernel * "
        "kernels * places])",
    ),
    "shapes_of_arrays": (
        "C",
        "weight, bias = np.zeros((kernels, channels, K, K)), np.zeros(kernels)\n"
        "maps = np.zeros((kernels, H - K + 1, W - K + 1))\n"
        "copies = 1 if shared else maps[0].size\n"
        "return copies * (weight.size + bias.size), maps.size * weight[0].size",
    ),
}
WRONG = {
    "one_place_too_few": ("A", _LOOP.replace(" // stride + 1", " // stride"), "one place"),
    "divided_too_late": (
        "A",
        _LOOP.replace("K) // stride + 1", "K + 1) // stride").replace(
            "L) // stride + 1", "L + 1) // stride"
        ),
        "first place counts",
    ),
    "as_if_square": ("A", _LOOP.replace("shape[2] - L", "shape[2] - K"), "need L"),
    "rounded_up": (
        "A",
        _LOOP.replace("(images.shape[2] - L) // stride", "-(-(images.shape[2] - L) // stride)"),
        "last column",
    ),
    "padded": (
        "A",
        "images = np.pad(images, ((0, 0), (0, stride), (0, stride)))\n" + _LOOP,
        "would leave",
    ),
    "no_stride": (
        "A",
        _LOOP.replace("// stride", "// 1").replace("i * stride", "i").replace("j * stride", "j"),
        "stride 1",
    ),
    "start_without_stride": (
        "A",
        _LOOP.replace("i * stride", "i").replace("j * stride", "j"),
        "moves by one pixel",
    ),
    "turned": ("A", _LOOP.replace("(kernel * seen)", "(kernel[::-1, ::-1] * seen)"), "turned"),
    "all_pictures": ("A", _LOOP.replace("axis=(1, 2)", ""), "all pictures"),
    "mean": ("A", _LOOP.replace(".sum(", ".mean("), "mean"),
    "transposed": ("A", _LOOP.replace("return maps", "return maps.swapaxes(1, 2)"), "transposed"),
    "exchanged": (
        "A",
        _LOOP.replace("maps[:, i, j] = (kernel", "maps[:, i, j] = (kernel[:, ::-1]"),
        "left and right",
    ),
    "size_of_the_map": (
        "B",
        _SUM.replace("a : a + rows, b : b + columns", ": rows, : columns"),
        "do not move",
    ),
    "mean_of_pictures": ("B", _SUM.replace("return gradient", "return gradient / len(d)"), "mean"),
    "mean_of_places": ("B", _SUM.replace(".sum()", ".mean()"), "mean"),
    "turned_gradient": (
        "B",
        _SUM.replace("return gradient", "return gradient[::-1, ::-1]"),
        "turned",
    ),
    "first_picture": ("B", _SUM.replace("d * images[:,", "d[0] * images[0,"), "first picture"),
    "one_too_small": ("B", _SUM.replace(" + 1\n", "\n"), "one row"),
    "without_d": ("B", _SUM.replace("(d * images", "(images"), "without d"),
    "minus": ("B", _SUM.replace("return gradient", "return -gradient"), "sign"),
    "no_bias": ("C", _COST.replace("weights + kernels", "weights"), "biases"),
    "one_bias": ("C", _COST.replace("weights + kernels", "weights + 1"), "one bias"),
    "bias_of_channels": (
        "C",
        _COST.replace("weights + kernels", "weights + kernels * channels"),
        "bias for each channel",
    ),
    "no_channels": ("C", _COST.replace("kernels * channels * K", "kernels * K"), "channel"),
    "places_of_input": (
        "C",
        _COST.replace("(H - K + 1) * (W - K + 1)", "H * W"),
        "leave the picture",
    ),
    "one_place": ("C", _COST.replace(" - K + 1)", " - K)"), "one place"),
    "shared_bias": (
        "C",
        _COST.replace("numbers * places,", "weights * places + kernels,"),
        "biases of its own",
    ),
    "always_shared": (
        "C",
        _COST.replace("numbers if shared else numbers * places", "numbers"),
        "even if nothing is shared",
    ),
    "used_once": ("C", _COST.replace(", weights * places", ", weights"), "each place"),
    "with_biases": ("C", _COST.replace(", weights * places", ", numbers * places"), "add"),
    "rows_from_the_width": (
        "A",
        _LOOP.replace("images.shape[1]", "images.shape[2]"),
        "could not be broadcast",
    ),
    "columns_from_the_height": (
        "A",
        _LOOP.replace("images.shape[2]", "images.shape[1]"),
        "the columns come from W",
    ),
    "stride_to_the_right_only": (
        "A",
        _LOOP.replace("i * stride : i * stride + K", "i : i + K"),
        "moves by one pixel",
    ),
    "one_picture_squeezed": (
        "A",
        _LOOP.replace("return maps", "return maps.squeeze()"),
        "a single picture",
    ),
    "first_picture_for_all": (
        "A",
        _LOOP.replace("kernel * seen", "kernel * seen[:1]"),
        "the first picture",
    ),
    "greatest": (
        "A",
        _LOOP.replace(".sum(", ".max("),
        "greatest",
    ),
    "last_picture": (
        "B",
        _SUM.replace("d * images[:", "d[-1] * images[-1"),
        "last picture",
    ),
    "sums_first": (
        "B",
        "K = images.shape[1] - rows + 1\n"
        "L = images.shape[2] - columns + 1\n"
        "gradient = np.zeros((K, L))\n"
        "for a, b in np.ndindex(K, L):\n"
        "    gradient[a, b] = (d.sum(0) * images[:, a : a + rows, b : b + columns].sum(0)).sum()\n"
        "return gradient",
        "each picture by its own",
    ),
    "one_each": (
        "B",
        "K = images.shape[1] - rows + 1\n"
        "L = images.shape[2] - columns + 1\n"
        "gradient = np.zeros((len(d), K, L))\n"
        "for a, b in np.ndindex(K, L):\n"
        "    gradient[:, a, b] = (d * images[:, a : a + rows, b : b + columns]).sum(axis=(1, 2))\n"
        "return gradient",
        "one gradient",
    ),
    "rolled": (
        "B",
        _SUM.replace(
            "images[:, a : a + rows, b : b + ", "np.roll(images, (a, b), (1, 2))[:, :rows, :"
        ),
        "to the wrong side",
    ),
    "exchanged_pair": (
        "C",
        "places = (H - K + 1) * (W - K + 1)\n"
        "weights = kernels * channels * K * K\n"
        "numbers = weights + kernels\n"
        "return weights * places, numbers if shared else numbers * places",
        "numbers come first",
    ),
    "square_map": (
        "C",
        "places = (H - K + 1) ** 2\n"
        "weights = kernels * channels * K * K\n"
        "numbers = weights + kernels\n"
        "return numbers if shared else numbers * places, weights * places",
        "H - K + 1 rows",
    ),
    "kernel_of_K": (
        "C",
        "places = (H - K + 1) * (W - K + 1)\n"
        "weights = kernels * channels * K\n"
        "numbers = weights + kernels\n"
        "return numbers if shared else numbers * places, weights * places",
        "K x K",
    ),
    "shared_if_not": (
        "C",
        "places = (H - K + 1) * (W - K + 1)\n"
        "weights = kernels * channels * K * K\n"
        "numbers = weights + kernels\n"
        "return numbers * places if shared else numbers, weights * places",
        "upside down",
    ),
    "more_without_sharing": (
        "C",
        _COST.replace("weights * places", "weights * places if shared else weights * places**2"),
        "as often",
    ),
}


def windows_of(images, shape):
    return np.lib.stride_tricks.sliding_window_view(images, shape, axis=(1, 2))


def all_maps(images, kernel):
    """The maps with stride 1."""
    return np.einsum("nijab,ab->nij", windows_of(images, kernel.shape), kernel)


@answer
def maps_of(images, kernel, stride):
    """The maps, and what their shape and their values are by mistake."""
    (N, H, W), (K, L) = images.shape, kernel.shape
    every = all_maps(images, kernel)
    right = every[:, ::stride, ::stride]
    rows, columns = right.shape[1:]
    shapes = {
        "few": ("one place too few, down and to the right", (N, rows - 1, columns - 1)),
        "many": (
            "too many places: at the last the kernel would leave the picture",
            (N, rows + 1, columns + 1),
        ),
        "rest": ("the last column of places would leave the picture", (N, rows, columns + 1)),
        "divided": (
            "the first place counts, too: divide H - K, and add 1 then",
            (N, (H - K + 1) // stride, (W - L + 1) // stride),
        ),
        "square": ("the columns need L, not K", (N, rows, (W - K) // stride + 1)),
        "width": ("the rows come from H, not from W", (N, (W - K) // stride + 1, columns)),
        "height": ("the columns come from W, not from H", (N, rows, (H - L) // stride + 1)),
        "one": ("these are all places, as with stride 1", every.shape),
        "turned": ("rows and columns are transposed", (N, columns, rows)),
        "squeezed": (
            "a single picture, row or column keeps its axis",
            tuple(n for n in right.shape if n > 1),
        ),
    }
    products = windows_of(images, (K, L))[:, ::stride, ::stride] * kernel
    pixel = "the kernel moves by one pixel, not by the stride"
    return (
        right,
        shapes,
        {
            "corner": (pixel, every[:, :rows, :columns]),
            "down": (pixel, every[:, :rows, ::stride]),
            "right": (pixel, every[:, ::stride, :columns]),
            "half_turn": (
                "the kernel is turned by 180 degrees",
                all_maps(images, kernel[::-1, ::-1])[:, ::stride, ::stride],
            ),
            "mirror": (
                "left and right of the kernel are exchanged",
                all_maps(images, kernel[:, ::-1])[:, ::stride, ::stride],
            ),
            "all": (
                "all pictures are added up: each has its own map",
                np.broadcast_to(right.sum(0), right.shape),
            ),
            "first": (
                "all maps are those of the first picture: each has its own map",
                np.broadcast_to(right[:1], right.shape),
            ),
            "greatest": ("this is the greatest product, not their sum", products.max(axis=(3, 4))),
            "mean": ("this is the mean of the products, not their sum", right / (K * L)),
        },
    )


def shape_of(got):
    return np.shape(taken(got))


def compare_maps(m, images, kernel, stride):
    right, shapes, values = maps_of(images, kernel, stride)
    call = f"convolve_all(images, kernel, {stride}), images {images.shape}, kernel {kernel.shape}"
    got = m.convolve_all(images, kernel, stride)
    shape = shape_of(got)
    if shape != right.shape:
        for text, value in shapes.values():
            if shape == value:
                raise Wrong(text, f"shape of {call}", [f"got {shape}, expected {right.shape}"])
    compare(call, got, right, **values)


@check("A", points=2)
def maps_are_sums_of_products(m, rng):
    compare_maps(m, rng.standard_normal((3, 10, 15)), rng.standard_normal((4, 2)), 2)
    compare_maps(m, rng.standard_normal((1, 4, 5)), rng.standard_normal((2, 3)), 1)


@answer
def gradient_of(images, d):
    """The gradient, and what it is by mistake."""
    windows, rows, columns = windows_of(images, d.shape[1:]), *d.shape[1:]
    right = np.einsum("nabij,nij->ab", windows, d)
    K, L = right.shape
    rolled = [[np.roll(images, (a, b), (1, 2)) for b in range(L)] for a in range(K)]
    return right, {
        "still": (
            "the pixels do not move with a and b",
            np.full(right.shape, (d * images[:, :rows, :columns]).sum()),
        ),
        "rolled": (
            "the pixels move to the wrong side",
            np.array([[(d * moved[:, :rows, :columns]).sum() for moved in row] for row in rolled]),
        ),
        "mean": ("this is a mean over the pictures: the loss adds them up", right / len(d)),
        "mean_of_all": ("this is a mean over pictures and places, not a sum", right / d.size),
        "turned": ("this is turned by 180 degrees", right[::-1, ::-1]),
        "first": (
            "this is of the first picture alone",
            np.einsum("abij,ij->ab", windows[0], d[0]),
        ),
        "last": (
            "this is of the last picture alone",
            np.einsum("abij,ij->ab", windows[-1], d[-1]),
        ),
        "sums": (
            "multiply each picture by its own d, and add up then",
            np.einsum("abij,ij->ab", windows.sum(0), d.sum(0)),
        ),
        "without": ("this adds up pixels without d", windows.sum(axis=(0, 3, 4))),
    }


def compare_gradients(m, images, d):
    right, mistakes = gradient_of(images, d)
    call = f"kernel_gradient(images, d), images {images.shape}, d {d.shape}"
    got = m.kernel_gradient(images, d)
    if shape_of(got) == tuple(n - 1 for n in right.shape):
        raise Wrong("one row and one column too few", f"shape of {call}")
    if shape_of(got) == (len(d), *right.shape):
        raise Wrong("one gradient for all pictures together: add them up", f"shape of {call}")
    compare(call, got, right, **mistakes)


@check("B", points=2)
def the_gradient_adds_up_over_places_and_pictures(m, rng):
    compare_gradients(m, rng.standard_normal((4, 6, 9)), rng.standard_normal((4, 4, 6)))


@answer
def costs(channels, kernels, K, H, W, shared):
    """The pair, and what its numbers are by mistake."""
    places = (H - K + 1) * (W - K + 1)
    weights = kernels * channels * K * K
    copies = 1 if shared else places
    right = (weights + kernels) * copies, weights * places
    numbers = {
        "no_bias": ("the biases are missing", weights * copies),
        "one_bias": ("this has one bias for all kernels", (weights + 1) * copies),
        "biases": ("this has a bias for each channel", (weights + kernels * channels) * copies),
        "channels": (
            "a kernel has K x K weights for each channel of its input",
            (kernels * K * K + kernels) * copies,
        ),
        "side": (
            "a kernel has K x K weights for each channel of its input, not K",
            (weights // K + kernels) * copies,
        ),
        "exchanged": ("the numbers come first, then the multiplications", right[1]),
    }
    if shared:
        why = "shared is upside down: if it is True, all places have the same kernels"
        numbers["turned"] = (why, (weights + kernels) * places)
    else:
        numbers["shared"] = ("these are as many, even if nothing is shared", weights + kernels)
        numbers |= {
            "input": (
                "a place for each pixel: the kernel would leave the picture",
                (weights + kernels) * H * W,
            ),
            "few": (
                "one place too few in each row and column",
                (weights + kernels) * (H - K) * (W - K),
            ),
            "bias": ("each place has biases of its own, too", weights * places + kernels),
        }
    times = {
        "once": ("each weight is used at each place", weights),
        "biases": ("you add a bias, and do not multiply by it", (weights + kernels) * places),
        "input": (
            "a place for each pixel: the kernel would leave the picture",
            weights * H * W,
        ),
        "few": ("one place too few in each row and column", weights * (H - K) * (W - K)),
        "square": (
            "a map has H - K + 1 rows and W - K + 1 columns",
            weights * (H - K + 1) ** 2,
        ),
        "twice": ("each weight is used as often, shared or not", weights * places**2),
    }
    return right, numbers, times


def compare_costs(m, *layer):
    for shared in (True, False):
        call = f"cost({', '.join(map(str, layer))}, {shared})"
        got = several(call, m.cost(*layer, shared), "numbers", "multiplications")
        right, numbers, times = costs(*layer, shared)
        compare(f"{call}[0]", got[0], right[0], **numbers)
        compare(f"{call}[1]", got[1], right[1], **times)


@check("C", points=2)
def numbers_and_multiplications(m, rng):
    compare_costs(m, 3, 7, 4, 12, 17)


@check("A", points=0, hidden=True)
def other_kernels_and_strides(m, rng):
    for shape, kernel, stride in (
        ((2, 7, 7), (3, 3), 3),
        ((1, 5, 9), (5, 4), 1),
        ((3, 9, 6), (1, 6), 4),
    ):
        compare_maps(m, rng.standard_normal(shape), rng.standard_normal(kernel), stride)


@check("B", points=0, hidden=True)
def other_maps(m, rng):
    for shape, rows, columns in (((1, 5, 5), 5, 5), ((3, 7, 4), 1, 2), ((2, 6, 8), 3, 8)):
        compare_gradients(
            m, rng.standard_normal(shape), rng.standard_normal((shape[0], rows, columns))
        )


@check("C", points=0, hidden=True)
def other_layers(m, rng):
    compare_costs(m, 1, 4, 5, 28, 28)
    compare_costs(m, 4, 24, 5, 12, 12)
    compare_costs(m, 2, 3, 1, 6, 5)
