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
from minigrad.classroom.checks import Wrong, check, compare  # noqa: E402

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
    return first


@check("A", points=2)
def normal_weights_keep_the_gradient(m, rng):
    call = f"normal_weights(rng, {INPUTS}, {OUTPUTS}, {GAIN})"
    weights, right = weights_of(call, m.normal_weights, rng), GAIN / np.sqrt(OUTPUTS)
    mistakes = {
        "variance": ("rng.normal wants a standard deviation, and got the variance", right**2),
        "fan_in": (
            "this is by the number of inputs: back, it is outputs that are added up",
            GAIN / np.sqrt(INPUTS),
        ),
        "both_fans": (
            "this goes by the mean of inputs and outputs: only one of the two is added up",
            GAIN / np.sqrt((INPUTS + OUTPUTS) / 2),
        ),
        "no_gain": ("the gain is missing", 1 / np.sqrt(OUTPUTS)),
        "standard": ("this is a standard deviation of 1, whatever the outputs are", 1.0),
        "scaled": ("this is the gain, whatever the number of outputs is", GAIN),
        "no_root": (
            "the root is missing: the deviation is gain over the root of the number of outputs",
            GAIN / OUTPUTS,
        ),
        "two": ("the 2 for ReLU is in the gain already", GAIN * np.sqrt(2 / OUTPUTS)),
        "root_gain": ("this has the root of the gain", np.sqrt(GAIN / OUTPUTS)),
        "squared_gain": ("this has the square of the gain", GAIN**2 / np.sqrt(OUTPUTS)),
    }
    spread(call, weights, right, **mistakes)
    tails = float(np.mean(np.abs(weights) > 2 * right))
    if not 0.04 < tails < 0.05:
        raise Wrong(
            f"{tails:.1%} of the weights lie beyond two standard deviations, where a "
            f"normal one has 4.6%",
            call,
        )


@check("B", points=2)
def uniform_weights_keep_the_variance(m, rng):
    call = f"uniform_weights(rng, {INPUTS}, {OUTPUTS}, {GAIN})"
    weights, right = weights_of(call, m.uniform_weights, rng), GAIN / np.sqrt(INPUTS)
    linear = (
        "the standard deviation of a uniform distribution is not its bound: it is "
        "the bound over sqrt(3)"
    )
    mistakes = {
        "bound_is_deviation": (linear, right / np.sqrt(3)),
        "width_is_12": (
            "the 12 belongs to the whole width, 2 b: the variance is (2 b)^2 / 12",
            2 * right,
        ),
        "both_fans": (
            "this goes by inputs + outputs: only one of the two is added up",
            GAIN * np.sqrt(2 / (INPUTS + OUTPUTS)),
        ),
        "fan_out": (
            "this is by the number of outputs, which are not what is added up",
            GAIN / np.sqrt(OUTPUTS),
        ),
        "no_gain": ("the gain is missing", 1 / np.sqrt(INPUTS)),
        "two": ("a 6 has the 2 for ReLU in it, which is in the gain already", np.sqrt(2) * right),
        "no_root_of_inputs": (
            "the root of the number of inputs is missing",
            GAIN * np.sqrt(3) / INPUTS / np.sqrt(3),
        ),
        "of_linear": (
            "this is nn.Linear's own, without the gain and too small",
            1 / np.sqrt(3 * INPUTS),
        ),
        "no_root": (
            "the root is missing: b^2 / 3 = gain^2 / inputs",
            GAIN**2 * np.sqrt(3) / INPUTS,
        ),
        "three_below": (
            "the 3 is on the wrong side: b^2 / 3 = gain^2 / inputs",
            right / 3,
        ),
        "three": ("the root of 3 is missing: b^2 / 3 = gain^2 / inputs", 3 * right / np.sqrt(3)),
    }
    spread(call, weights, right, **mistakes)
    largest = float(np.abs(weights).max())
    if largest > right * np.sqrt(3) * (1 + 1e-9):
        raise Wrong(
            f"not uniform: the largest |weight| is {largest:.4f}, b is {right * np.sqrt(3):.4f}",
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
        right = np.sqrt(np.mean(x**2) / np.mean(y**2))
        mistakes = {
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
        if name == "relu":
            mistakes["constant"] = (
                "the limit for ReLU: compute it from x and the activation",
                np.sqrt(2),
            )
        compare(f"gain_for({name}, x)", m.gain_for(function, x), right, **mistakes)


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
    spread("normal_weights(rng, 1000, 20, 0.5)", weights, 0.5 / np.sqrt(20))


@check("B", points=0, hidden=True)
def other_shapes_and_gains(m, rng):
    weights = weights_of(
        "uniform_weights(rng, 1000, 20, 0.5)", m.uniform_weights, rng, 1000, 20, 0.5
    )
    spread("uniform_weights(rng, 1000, 20, 0.5)", weights, 0.5 / np.sqrt(1000))
    compare(
        "shape of uniform_weights(rng, 3, 1, 1)", np.shape(m.uniform_weights(rng, 3, 1, 1)), (1, 3)
    )


@check("C", points=0, hidden=True)
def gain_of_other_activations(m, rng):
    x = rng.standard_normal((10, 50))
    compare("gain_for(lambda x: 3 * x, x)", m.gain_for(lambda x: 3 * x, x), 1 / 3)
    compare("gain_for(abs, x)", m.gain_for(np.abs, x), 1.0)
