"""Initialization: weights that keep the gradient on its way back, and a gain for any activation.

Belongs to lesson 12, "Who makes gradients vanish?".

A linear layer computes W x, where W has shape (outputs, inputs); its weights have mean 0 and are
independent. Forward, the lesson keeps the mean square with the variance gain^2 / inputs. Back, such
weights keep the gradient's norm. In part A it is the gradient's mean square, the size of one of
its elements, that is to be multiplied by gain^2. With as many outputs as inputs the two agree.

Parts A and B take their random numbers from `rng`, a numpy.random.Generator, and from nowhere else:
the same state of rng must give the same weights. Variance is the square of the standard deviation.
The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def normal_weights(rng, inputs, outputs, gain):
    """Normally distributed weights, shape (outputs, inputs), mean 0: float64.

    The mean square of the gradient for x must be gain^2 times that of the gradient for W x.
    """
    # BEGIN SOLUTION A: draw the weights from rng; its `normal` wants a standard deviation
    return rng.normal(0.0, gain / np.sqrt(outputs), (outputs, inputs))
    # END SOLUTION


# %% Part B (2 points)
def uniform_weights(rng, inputs, outputs, gain):
    """Weights drawn evenly between -b and b, for the right b: shape (outputs, inputs), float64.

    As in the lesson, forward: their variance is gain^2 / inputs.
    """
    # BEGIN SOLUTION B: find b from the variance; rng.uniform(low, high, shape) draws evenly
    bound = gain * np.sqrt(3 / inputs)
    return rng.uniform(-bound, bound, (outputs, inputs))
    # END SOLUTION


# %% Part C (2 points)
def gain_for(activation, x):
    """The gain that keeps the mean square of x through `activation`: one number.

    x is an array of any shape, draws from the standard normal distribution, which stand for what
    a linear layer of gain 1 gives; `activation` is a function from an array to one of the same
    shape. The gain is the number g for which g * activation(x) has the mean square of x. No mean is
    subtracted. (It keeps the size forward; a sigmoid still loses the gradient. The lesson's last
    question: slopes of at most 1/4 need g = 4, but then many outputs are near 0 or 1, where the
    slope is far below 1/4.)
    """
    # BEGIN SOLUTION C: compare the mean squares of x and of activation(x)
    return np.sqrt(np.mean(x**2) / np.mean(activation(x) ** 2))
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import Wrong, answer, check, compare  # noqa: E402

HINTS = {
    "A": [
        "Back, each element of W^T d is a sum. How many terms has it: inputs or outputs?",
        "outputs * variance = gain^2. rng.normal wants the root of the variance.",
        "return rng.normal(0.0, ..., (outputs, inputs))",
    ],
    "B": [
        "Weights drawn evenly from -b to b have a variance below b^2. The lesson has it.",
        "Its variance is b^2 / 3. Set it equal to gain^2 / inputs, and solve for b.",
        "bound = gain * np.sqrt(... / inputs)\nreturn rng.uniform(-bound, bound, "
        "(outputs, inputs))",
    ],
    "C": [
        "ReLU lets half of the mean square pass. What gain after it makes up for that?",
        "gain = sqrt(mean of x^2 / mean of activation(x)^2). For ReLU it is near sqrt(2).",
        "return np.sqrt(np.mean(...) / np.mean(...))",
    ],
}
RIGHT = {
    "scaled_standard": (
        "A",
        "return gain / np.sqrt(outputs) * rng.standard_normal((outputs, inputs))",
    ),
    "keywords": (
        "A",
        "return rng.normal(scale=np.sqrt(gain**2 / outputs), size=(outputs, inputs))",
    ),
    "transposed_draw": (
        "A",
        "import math\ndeviation = gain / math.sqrt(outputs)\n"
        "return rng.normal(0, deviation, size=(inputs, outputs)).T",
    ),
    "row_by_row": (
        "A",
        "rows = []\nfor _ in range(outputs):\n"
        "    rows.append(rng.normal(0.0, gain * outputs**-0.5, inputs))\n"
        "return np.array(rows)",
    ),
    "multivariate": (
        "A",
        "flat = rng.standard_normal(inputs * outputs)\n"
        "return np.reshape(flat, (outputs, inputs)) * (gain / outputs**0.5)",
    ),
    "box_muller": (
        "A",
        "u, v = rng.random((2, outputs, inputs))\n"
        "return gain * np.sqrt(-2 * np.log1p(-u) / outputs) * np.cos(2 * np.pi * v)",
    ),
    "random": (
        "B",
        "return (2 * rng.random((outputs, inputs)) - 1) * gain * np.sqrt(3 / inputs)",
    ),
    "deviation_first": (
        "B",
        "deviation = gain / np.sqrt(inputs)\nlimit = np.sqrt(3) * deviation\n"
        "return rng.uniform(low=-limit, high=limit, size=(outputs, inputs))",
    ),
    "negated": (
        "B",
        "b = (3 * gain**2 / inputs) ** 0.5\nreturn -rng.uniform(-b, b, (outputs, inputs))",
    ),
    "width": (
        "B",
        "width = np.sqrt(12 * gain**2 / inputs)\n"
        "return width * (rng.random((outputs, inputs)) - 0.5)",
    ),
    "transposed_draw_b": (
        "B",
        "b = gain * 3**0.5 / inputs**0.5\n"
        "columns = [rng.uniform(-b, b, outputs) for _ in range(inputs)]\n"
        "return np.stack(columns, axis=1)",
    ),
    "sign_and_size": (
        "B",
        "b = gain * np.sqrt(3 / inputs)\nsize = rng.uniform(0, b, (outputs, inputs))\n"
        "return np.where(rng.random(size.shape) < 0.5, -size, size)",
    ),
    "norms": (
        "C",
        "return np.linalg.norm(x) / np.linalg.norm(activation(x))",
    ),
    "two_means": (
        "C",
        "a = activation(x)\nmean_square = lambda v: np.average(np.square(v))\n"
        "return mean_square(x) ** 0.5 / mean_square(a) ** 0.5",
    ),
    "dots": (
        "C",
        "a = np.ravel(activation(x))\nx = np.ravel(x)\nreturn float(np.sqrt((x @ x) / (a @ a)))",
    ),
    "loop": (
        "C",
        "import math\ntop = bottom = 0.0\n"
        "for before, after in zip(x.ravel().tolist(), activation(x).ravel().tolist()):\n"
        "    top += before * before\n    bottom += after * after\n"
        "return math.sqrt(top / bottom)",
    ),
    "variance_and_mean": (
        "C",
        "a = activation(x)\nreturn np.sqrt((x.var() + x.mean() ** 2) / (a.var() + a.mean() ** 2))",
    ),
    "tensor": (
        "C",
        "import minigrad as mg\nx, a = mg.tensor(x), mg.tensor(activation(x))\n"
        "return ((x**2).sum() / (a**2).sum()).sqrt()",
    ),
    "longdouble": (
        "C",
        "a = activation(x).astype(np.longdouble)\n"
        "return np.exp((np.log(np.mean(x**2)) - np.log(np.mean(a * a))) / 2)",
    ),
}
WRONG = {
    "variance": (
        "A",
        "return rng.normal(0.0, gain**2 / outputs, (outputs, inputs))",
        "the variance",
    ),
    "fan_in": (
        "A",
        "return rng.normal(0.0, gain / np.sqrt(inputs), (outputs, inputs))",
        "number of inputs",
    ),
    "no_gain": (
        "A",
        "return rng.normal(0.0, 1 / np.sqrt(outputs), (outputs, inputs))",
        "gain is missing",
    ),
    "transposed": (
        "A",
        "return rng.normal(0.0, gain / np.sqrt(outputs), (inputs, outputs))",
        "transposed",
    ),
    "standard": ("A", "return rng.standard_normal((outputs, inputs))", "of 1"),
    "gain_only": ("A", "return rng.normal(0.0, gain, (outputs, inputs))", "this is the gain"),
    "no_root_a": (
        "A",
        "return rng.normal(0.0, gain / outputs, (outputs, inputs))",
        "the root is missing",
    ),
    "root_gain": (
        "A",
        "return rng.normal(0.0, np.sqrt(gain / outputs), (outputs, inputs))",
        "root of the gain",
    ),
    "two": (
        "A",
        "return rng.normal(0.0, gain * np.sqrt(2 / outputs), (outputs, inputs))",
        "2 for ReLU",
    ),
    "uniform": (
        "A",
        "b = gain * np.sqrt(3 / outputs)\nreturn rng.uniform(-b, b, (outputs, inputs))",
        "beyond two",
    ),
    "one_row": (
        "A",
        "return np.tile(rng.normal(0.0, gain / np.sqrt(outputs), inputs), (outputs, 1))",
        "a draw of its own",
    ),
    "other_half_negated": (
        "A",
        "w = rng.normal(0.0, gain / np.sqrt(outputs), (outputs, inputs))\nhalf = inputs // 2\n"
        "w[:, half : 2 * half] = -w[:, :half]\nreturn w",
        "a draw of its own",
    ),
    "heavy_tails": (
        "A",
        "return gain / np.sqrt(outputs) * rng.standard_t(5, (outputs, inputs)) * np.sqrt(3 / 5)",
        "fourth power",
    ),
    "own_numbers": (
        "A",
        "own = np.random.default_rng(0)\n"
        "return own.normal(0.0, gain / np.sqrt(outputs), (outputs, inputs))",
        "not from rng",
    ),
    "bound_is_deviation": (
        "B",
        "return rng.uniform(-gain / np.sqrt(inputs), gain / np.sqrt(inputs), (outputs, inputs))",
        "it is the bound over sqrt(3)",
    ),
    "width_is_12": (
        "B",
        "bound = gain * np.sqrt(12 / inputs)\nreturn rng.uniform(-bound, bound, (outputs, inputs))",
        "width",
    ),
    "positive": (
        "B",
        "return rng.uniform(0, gain * np.sqrt(3 / inputs), (outputs, inputs))",
        "mean",
    ),
    "two_values": (
        "B",
        "return rng.choice([-1, 1], (outputs, inputs)) * gain / np.sqrt(inputs)",
        "a draw of its own",
    ),
    "arcs": (
        "B",
        "bound = gain * np.sqrt(2 / inputs)\n"
        "return bound * np.cos(np.pi * rng.random((outputs, inputs)))",
        "not evenly",
    ),
    "both_fans": (
        "B",
        "bound = gain * np.sqrt(6 / (inputs + outputs))\nreturn rng.uniform(-bound, "
        "bound, (outputs, inputs))",
        "only one of the two",
    ),
    "no_root_b": (
        "B",
        "bound = 3 * gain**2 / inputs\nreturn rng.uniform(-bound, bound, (outputs, inputs))",
        "the root is missing",
    ),
    "three_below": (
        "B",
        "bound = gain / np.sqrt(3 * inputs)\nreturn rng.uniform(-bound, bound, (outputs, inputs))",
        "wrong side",
    ),
    "normal": ("B", "return rng.normal(0.0, gain / np.sqrt(inputs), (outputs, inputs))", "uniform"),
    "upside_down": (
        "C",
        "return np.sqrt(np.mean(activation(x) ** 2) / np.mean(x**2))",
        "upside down",
    ),
    "no_root": ("C", "return np.mean(x**2) / np.mean(activation(x) ** 2)", "root"),
    "deviation": ("C", "return np.std(x) / np.std(activation(x))", "mean is subtracted"),
    "epsilon": (
        "C",
        "return np.sqrt(np.mean(x**2) / (np.mean(activation(x) ** 2) + 1e-8))",
        "a constant",
    ),
    "one_gain_for_all": (
        "C",
        "kept = gain_for.__dict__\n"
        "return kept.setdefault('g', np.sqrt(np.mean(x**2) / np.mean(activation(x) ** 2)))",
        "not the expected value",
    ),
    "absolute": ("C", "return np.mean(np.abs(x)) / np.mean(np.abs(activation(x)))", "absolute"),
}
INPUTS, OUTPUTS, GAIN = 200, 500, 2.0  # large enough to tell the mistakes below apart by far


def spread(call, weights, deviation, **mistakes):
    """Raise unless mean and deviation are right, by about ten deviations of their own."""
    weights, shape = np.asarray(weights), np.shape(weights)
    close = 5 / np.sqrt(weights.size)
    mean = float(weights.mean())
    one_sided = (
        {"one_sided": ("all weights lie on one side of 0: they must lie on both", mean)}
        if weights.min() >= 0
        else {}
    )
    compare(
        f"mean of {call}, shape {shape}", mean, 0.0, atol=1.5 * close * weights.std(), **one_sided
    )
    compare(
        f"standard deviation of {call}", float(weights.std()), deviation, rtol=close, **mistakes
    )


def weights_of(call, function, rng, inputs=INPUTS, outputs=OUTPUTS, gain=GAIN):
    """What the learner gives: equal generators give the same, one of them twice does not."""
    first = function(np.random.default_rng(seed := int(rng.integers(2**32))), inputs, outputs, gain)
    one, two = np.random.default_rng(seed), np.random.default_rng(seed)
    few, same, next_few = function(one, 4, 3, gain), *(function(two, 4, 3, gain) for _ in "12")
    right_kind = isinstance(first, np.ndarray) and first.shape == (outputs, inputs)
    values = first if right_kind else np.zeros((outputs, inputs))
    compare(call, first, values)  # type and shape
    if not np.array_equal(few, same):
        raise Wrong(
            "for two generators in the same state the weights differ: they are not from rng alone",
            call,
        )
    if np.array_equal(same, next_few):
        raise Wrong("two calls in a row give the same weights: they are not from rng", call)
    if np.unique(np.abs(first)).size < 0.9 * first.size:
        raise Wrong("the weights repeat: each is a draw of its own", call)
    return first


def fourth_power(weights):
    """The mean fourth power over the squared mean square: 3 if normal, 1.8 if drawn evenly."""
    return float(np.mean(np.asarray(weights) ** 4) / np.mean(np.asarray(weights) ** 2) ** 2)


@answer
def of_normal(inputs, outputs, gain):
    """The standard deviation, and the mistakes that it can have, each with its value."""
    right = gain / np.sqrt(outputs)
    return right, {
        "variance": ("rng.normal wants a standard deviation, and got the variance", right**2),
        "fan_in": (
            "this is by the number of inputs: back, it is outputs that are added up",
            gain / np.sqrt(inputs),
        ),
        "both_fans": (
            "this goes by the mean of inputs and outputs: only one of the two is added up",
            gain / np.sqrt((inputs + outputs) / 2),
        ),
        "no_gain": ("the gain is missing", 1 / np.sqrt(outputs)),
        "standard": ("this is a standard deviation of 1, whatever the outputs are", 1.0),
        "scaled": ("this is the gain, whatever the number of outputs is", gain),
        "no_root": (
            "the root is missing: the deviation is gain over the root of the number of outputs",
            gain / outputs,
        ),
        "two": ("the 2 for ReLU is in the gain already", gain * np.sqrt(2 / outputs)),
        "root_gain": ("this has the root of the gain", np.sqrt(gain / outputs)),
        "squared_gain": ("this has the square of the gain", gain**2 / np.sqrt(outputs)),
    }


@answer
def of_uniform(inputs, outputs, gain):
    """The standard deviation, the bound, and the mistakes that the deviation can have."""
    right = gain / np.sqrt(inputs)
    linear = (
        "the standard deviation of a uniform distribution is not its bound: it is "
        "the bound over sqrt(3)"
    )
    return (
        right,
        right * np.sqrt(3),
        {
            "bound_is_deviation": (linear, right / np.sqrt(3)),
            "width_is_12": (
                "the 12 belongs to the whole width, 2 b: the variance is (2 b)^2 / 12",
                2 * right,
            ),
            "both_fans": (
                "this goes by inputs + outputs: only one of the two is added up",
                gain * np.sqrt(2 / (inputs + outputs)),
            ),
            "fan_out": (
                "this is by the number of outputs, which are not what is added up",
                gain / np.sqrt(outputs),
            ),
            "no_gain": ("the gain is missing", 1 / np.sqrt(inputs)),
            "two": (
                "a 6 has the 2 for ReLU in it, which is in the gain already",
                np.sqrt(2) * right,
            ),
            "no_root_of_inputs": (
                "the root of the number of inputs is missing",
                gain * np.sqrt(3) / inputs / np.sqrt(3),
            ),
            "of_linear": (
                "this is nn.Linear's own, without the gain and too small",
                1 / np.sqrt(3 * inputs),
            ),
            "no_root": (
                "the root is missing: b^2 / 3 = gain^2 / inputs",
                gain**2 * np.sqrt(3) / inputs,
            ),
            "three_below": (
                "the 3 is on the wrong side: b^2 / 3 = gain^2 / inputs",
                right / 3,
            ),
            "three": (
                "the root of 3 is missing: b^2 / 3 = gain^2 / inputs",
                3 * right / np.sqrt(3),
            ),
        },
    )


@answer
def gains(x, y):
    """The gain, and the mistakes that it can have, each with its value."""
    right = np.sqrt(np.mean(x**2) / np.mean(y**2))
    return right, {
        "upside_down": (
            "this is upside down: where the activation makes it small, the gain is large",
            1 / right,
        ),
        "no_root": (
            "the root is missing: a gain of g multiplies the mean square by g^2",
            right**2,
        ),
        "deviation": (
            "the mean is subtracted in a standard deviation: take mean squares",
            np.std(x) / np.std(y),
        ),
        "variance": (
            "the mean is subtracted in a variance, and the root is missing",
            np.var(x) / np.var(y),
        ),
        "absolute": (
            "this compares absolute values, not squares",
            np.abs(x).mean() / np.abs(y).mean(),
        ),
        "mean_of_1": (
            "this takes 1 for the mean square of x, which is a bit different",
            1 / np.sqrt(np.mean(y**2)),
        ),
    }


@check("A", points=2)
def normal_weights_keep_the_gradient(m, rng):
    call = f"normal_weights(rng, {INPUTS}, {OUTPUTS}, {GAIN})"
    weights = weights_of(call, m.normal_weights, rng)
    right, mistakes = of_normal(INPUTS, OUTPUTS, GAIN)
    spread(call, weights, right, **mistakes)
    tails = float(np.mean(np.abs(weights) > 2 * right))
    if not 0.04 < tails < 0.05:
        raise Wrong(
            f"{tails:.1%} of the weights lie beyond two standard deviations, where a "
            f"normal one has 4.6%",
            call,
        )
    power = fourth_power(weights)
    if not 2.8 < power < 3.2:
        raise Wrong(
            f"not normal: the mean fourth power is {power:.2f} times the squared mean square, and "
            f"3 times for a normal distribution",
            call,
        )


@check("B", points=2)
def uniform_weights_keep_the_variance(m, rng):
    call = f"uniform_weights(rng, {INPUTS}, {OUTPUTS}, {GAIN})"
    weights = weights_of(call, m.uniform_weights, rng)
    right, bound, mistakes = of_uniform(INPUTS, OUTPUTS, GAIN)
    spread(call, weights, right, **mistakes)
    largest = float(np.abs(weights).max())
    if largest > bound * (1 + 1e-6):
        raise Wrong(
            f"not uniform: the largest |weight| is {largest:.4f}, b is {bound:.4f}",
            call,
        )
    power = fourth_power(weights)
    if not 1.7 < power < 1.9:
        raise Wrong(
            f"not evenly: the mean fourth power is {power:.2f} times the squared mean square, and "
            f"1.8 times where all values between -b and b are alike",
            call,
        )


ACTIVATIONS = {
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "identity": lambda x: 1.0 * x,
}


@check("C", points=2)
def gain_makes_up_for_the_activation(m, rng):
    x = rng.standard_normal((40, 50))
    for name, function in ACTIVATIONS.items():
        y = function(x)
        right, mistakes = gains(x, y)
        if name == "relu":
            mistakes["constant"] = (
                "the limit for ReLU: compute it from x and the activation",
                np.sqrt(2),
            )
        compare(f"gain_for({name}, x)", m.gain_for(function, x), right, **mistakes)
    got = m.gain_for(lambda x: x / 1000, x)
    named = {}
    if np.ndim(got) == 0 and 900 < got < 1000:
        named["constant"] = ("a constant beside a mean square changes the gain", got)
    compare("gain_for(lambda x: x / 1000, x)", got, 1000.0, **named)


@check("A", points=0, hidden=True)
def thirty_linear_layers(m, rng):
    x = rng.standard_normal((100, 200))
    for _ in range(30):
        x = x @ np.asarray(m.normal_weights(rng, 200, 200, 1.0)).T
    ratio = float(np.sqrt(np.mean(x**2)))
    if not 0.3 < ratio < 3:
        raise Wrong(
            f"after 30 linear layers of gain 1 the root mean square is {ratio:.3g} "
            f"times what it was"
        )
    weights = weights_of("normal_weights(rng, 1000, 20, 0.5)", m.normal_weights, rng, 1000, 20, 0.5)
    spread("normal_weights(rng, 1000, 20, 0.5)", weights, of_normal(1000, 20, 0.5)[0])


@check("B", points=0, hidden=True)
def other_shapes_and_gains(m, rng):
    weights = weights_of(
        "uniform_weights(rng, 1000, 20, 0.5)", m.uniform_weights, rng, 1000, 20, 0.5
    )
    spread("uniform_weights(rng, 1000, 20, 0.5)", weights, of_uniform(1000, 20, 0.5)[0])
    compare(
        "shape of uniform_weights(rng, 3, 1, 1)", np.shape(m.uniform_weights(rng, 3, 1, 1)), (1, 3)
    )


@check("C", points=0, hidden=True)
def gain_of_other_activations(m, rng):
    x = rng.standard_normal((10, 50))
    compare("gain_for(lambda x: 3 * x, x)", m.gain_for(lambda x: 3 * x, x), 1 / 3)
    compare("gain_for(abs, x)", m.gain_for(np.abs, x), 1.0)
