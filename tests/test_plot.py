"""minigrad.plot: what is drawn, on which scale, with which words, and that pyplot knows it without a screen."""

import io
import itertools
import os
import subprocess
import sys
import warnings
from pathlib import Path

import matplotlib
import nbformat
import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager, pyplot
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from nbclient import NotebookClient

import minigrad as mg
from minigrad import kernels, plot
from minigrad.kernels.dense import linear
from tests.quick import first_quick

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def without_a_screen():
    """Figures that need no screen, and none that is left open."""
    matplotlib.use("agg")
    yield
    pyplot.close("all")


def line(ax, start):
    """The only line whose label starts so."""
    (found,) = [each for each in ax.get_lines() if each.get_label().startswith(start)]
    return found


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


# -- Loss curves ---------------------------------------------------------------------------------------------


def test_train_and_validation_differ_in_colour_style_and_label():
    ax = plot.loss_curve([2.0, 1.5, 1.0], [2.1, 1.4, 1.7], xlabel="epoch")
    train, validation = line(ax, "train"), line(ax, "validation")
    assert (train.get_color(), validation.get_color()) == ("#0072B2", "#D55E00")
    assert train.get_linestyle() != validation.get_linestyle()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss (nats)")
    assert train.get_xdata().tolist() == [1, 2, 3]


def test_many_training_losses_lie_faint_behind_the_means_of_buckets():
    losses = np.arange(1000.0)
    raw, means = plot.loss_curve(losses).get_lines()
    assert raw.get_ydata().tolist() == losses.tolist()
    assert raw.get_alpha() < 0.5
    assert len(means.get_ydata()) == 50
    assert (means.get_xdata()[0], means.get_ydata()[0]) == (10.5, 9.5)  # of steps 1..20 and losses 0..19
    assert means.get_label() == "train, means of 20"


def test_bucket_means_weigh_a_short_bucket_right():
    means = plot.loss_curve(np.full(1037, 0.7)).get_lines()[1]
    np.testing.assert_allclose(means.get_ydata(), 0.7)


def test_validation_is_never_smoothed_and_its_lowest_point_is_marked():
    losses = 1 + np.cos(np.arange(500.0) / 30)
    ax = plot.loss_curve(np.ones(500), losses, validation_x=np.arange(500), xlabel="epoch")
    assert line(ax, "validation").get_ydata().tolist() == losses.tolist()
    mark = line(ax, "lowest")
    assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (np.argmin(losses), losses.min())
    assert f"lowest validation: {losses.min():.4g} at epoch {np.argmin(losses)}" in legend(ax)


def test_the_lowest_point_is_found_among_nans():
    ax = plot.loss_curve([1.0, 1.0, 1.0], [np.nan, 0.5, 0.7])
    assert line(ax, "lowest").get_xdata()[0] == 2
    assert not [text for text in legend(plot.loss_curve([1.0], [np.nan])) if text.startswith("lowest")]


@pytest.mark.parametrize(
    ("losses", "scale", "bottom"),
    [
        ([2.0, 0.1], "linear", 0),
        ([2.0, 0.001], "log", None),
        ([2.0, -0.001], "linear", None),
        ([2.0, 0.0], "linear", 0),
    ],
)
def test_the_scale_is_logarithmic_only_where_the_values_ask_for_it(losses, scale, bottom):
    ax = plot.loss_curve(losses)
    assert ax.get_yscale() == scale
    if bottom is not None:
        assert ax.get_ylim()[0] == bottom
    assert ax.get_ylim()[0] <= min(losses)


def test_both_are_spread_over_the_epochs():
    ax = plot.loss_curve(np.ones(6), [1.0, 1.0, 1.0], epochs=3)
    assert line(ax, "train").get_xdata().tolist() == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    assert line(ax, "validation").get_xdata().tolist() == [1, 2, 3]
    assert ax.get_xlabel() == "epoch"
    before_the_first = plot.loss_curve([1.0], [1.0] * 4, epochs=3)
    assert line(before_the_first, "train").get_xdata().tolist() == [3]
    assert line(before_the_first, "validation").get_xdata().tolist() == [0, 1, 2, 3]


def test_losses_and_places_must_match():
    with pytest.raises(ValueError, match=r"train has losses of shape \(3,\) at places of shape \(2,\)"):
        plot.loss_curve([1, 2, 3], train_x=[1, 2])
    with pytest.raises(ValueError, match="validation has losses"):
        plot.loss_curve([1, 2, 3], [])


# -- Several runs and metrics --------------------------------------------------------------------------------

RUNS = {"SGD": [3.0, 2.0, 1.0], "Adam": [[3.0, 1.0, 0.5], [2.0, 1.5, 0.5], [4.0, 0.5, 0.5]]}


def band(ax):
    """The lower and the upper edge of the only band, from left to right."""
    (drawn,) = ax.collections
    corners = drawn.get_paths()[0].vertices
    x = sorted(set(corners[:, 0]))
    heights = [corners[corners[:, 0] == place, 1] for place in x]
    return x, [each.min() for each in heights], [each.max() for each in heights]


def test_each_name_has_a_line_in_its_colour_and_several_runs_their_mean_and_a_band():
    ax = plot.loss_curve(RUNS)
    sgd, adam = ax.get_lines()
    assert sgd.get_ydata().tolist() == [3, 2, 1] and adam.get_ydata().tolist() == [3, 1, 0.5]
    assert band(ax) == ([1, 2, 3], [2, 0.5, 0.5], [4, 1.5, 0.5])
    assert (sgd.get_color(), adam.get_color()) == ("#0072B2", "#D55E00")
    assert matplotlib.colors.to_hex(ax.collections[0].get_facecolor()[0]).upper() == adam.get_color()
    assert legend(ax) == ["SGD", "Adam, 3 runs"]
    assert ax.get_legend().get_title().get_text() == "line: mean, band: least to greatest"
    assert (ax.get_xlabel(), ax.get_ylabel(), len(ax.figure.axes)) == ("step", "loss (nats)", 1)


def test_without_a_band_nothing_is_said_of_one():
    ax = plot.loss_curve({"a": [2, 1], "b": mg.tensor([[3.0, 1.0]])})
    assert legend(ax) == ["a", "b"] and ax.get_legend().get_title().get_text() == ""


def test_names_may_have_runs_of_other_lengths_and_epochs_bring_them_together():
    ax = plot.loss_curve({"small batches": np.ones(6), "large batches": np.ones((2, 3))}, epochs=3)
    assert [line.get_xdata().tolist() for line in ax.get_lines()] == [[0.5, 1, 1.5, 2, 2.5, 3], [1, 2, 3]]


def test_many_losses_of_several_runs_are_averaged_over_buckets_run_by_run():
    ax = plot.loss_curve({"a": [np.zeros(1000), np.arange(1000.0)], "b": np.zeros(200)})
    means, raw, few = ax.get_lines()
    assert (means.get_xdata()[0], means.get_ydata()[0]) == (10.5, 9.5 / 2)
    assert [edge[0] for edge in band(ax)] == [10.5, 0, 9.5]
    assert len(raw.get_ydata()) == 200 and raw.get_alpha() < 0.5
    assert legend(ax) == ["a, 2 runs, means of 20", "b, means of 4"]


def test_a_run_that_diverges_leaves_a_gap_in_mean_and_band():
    ax = plot.loss_curve({"a": [[1.0, 1.0, 1.0], [1.0, np.nan, np.inf]]})
    assert np.isfinite(line(ax, "a").get_ydata()).tolist() == [True, False, False]
    assert ax.get_ylim()[0] == 0
    ax.figure.canvas.draw()


def test_validation_by_name_is_dashed_in_the_colour_of_its_name():
    ax = plot.loss_curve(RUNS, {"Adam": np.ones((2, 3))}, labels=("train", "held out"))
    held_out = line(ax, "Adam, held out, 2 runs")
    assert (held_out.get_color(), held_out.get_linestyle()) == (line(ax, "Adam, 3").get_color(), "--")
    assert line(ax, "SGD").get_linestyle() == "-"
    assert not [text for text in legend(ax) if text.startswith("lowest")]


def test_the_scale_holds_the_band():
    assert plot.loss_curve({"a": [[1.0, 1.0], [1.0, 0.001]]}).get_yscale() == "log"


def test_a_metric_lies_below_on_the_same_horizontal_axis():
    ax = plot.loss_curve([3.0, 2.0, 1.0], metric={"accuracy": [0.1, 0.5, 0.9], "rate": [3, 2, 1]}, xlabel="epoch")
    assert ax.figure.axes[0] is ax
    _, accuracy, rate = ax.figure.axes
    assert [each.get_ylabel() for each in (accuracy, rate)] == ["accuracy", "rate"]
    assert [each.get_xlabel() for each in ax.figure.axes] == ["", "", "epoch"]
    (drawn,) = accuracy.get_lines()
    assert (drawn.get_xdata().tolist(), drawn.get_ydata().tolist()) == ([1, 2, 3], [0.1, 0.5, 0.9])
    assert accuracy.get_legend() is None, "the axis says it"
    ax.figure.canvas.draw()
    boxes = [each.get_window_extent() for each in ax.figure.axes]
    assert boxes[0].y0 > boxes[1].y1 > boxes[1].y0 > boxes[2].y1
    assert boxes[0].height > 1.5 * boxes[1].height and {box.x0 for box in boxes} == {boxes[0].x0}
    ax.set_xlim(0, 9)
    assert rate.get_xlim() == (0, 9)


def test_a_metric_by_name_has_the_lines_of_the_losses():
    ax = plot.loss_curve(RUNS, metric={"accuracy": {"Adam": [[0.1, 0.2, 0.9], [0.3, 0.4, 0.9]], "SGD": [0, 0, 1]}})
    below = ax.figure.axes[1]
    adam, sgd = below.get_lines()
    assert (adam.get_color(), sgd.get_color()) == (line(ax, "Adam").get_color(), line(ax, "SGD").get_color())
    np.testing.assert_allclose(adam.get_ydata(), [0.2, 0.3, 0.9])
    assert band(below) == ([1, 2, 3], [0.1, 0.2, 0.9], [0.3, 0.4, 0.9])
    assert legend(below) == ["Adam, 2 runs", "SGD"]
    ax = plot.loss_curve([3, 1], [3, 2], metric={"accuracy": {"validation": [0.5, 0.6], "train": [0.5, 1]}})
    validation, train = ax.figure.axes[1].get_lines()
    assert (validation.get_color(), validation.get_linestyle()) == ("#D55E00", "--")
    assert (train.get_color(), train.get_linestyle()) == ("#0072B2", "-")
    assert ax.figure.axes[1].get_legend() is None, "the legend above says it"


def test_a_metric_has_the_places_of_the_losses_or_its_own():
    def places(*arguments, **options):
        axes = plot.loss_curve(*arguments, **options).figure.axes[1:]
        return [each.get_lines()[0].get_xdata().tolist() for each in axes]

    assert places([3, 2], train_x=[10, 20], metric={"accuracy": [0, 1]}) == [[10, 20]]
    assert places([4, 3, 2, 1], epochs=2, metric={"accuracy": [0, 1]}) == [[1, 2]]
    assert places([4, 3, 2, 1], metric={"a": [0, 1], "b": [1, 0]}, metric_x=[2, 4]) == [[2, 4], [2, 4]]
    assert places([3, 2], metric={"a": [5], "b": [1, 0]}, metric_x={"a": [2]}) == [[2], [1, 2]]
    with pytest.raises(ValueError, match=r"metric_x has the names \['c'\], and metric only \['a'\]"):
        places([3, 2], metric={"a": [1, 0]}, metric_x={"c": [1, 2]})


def test_with_a_metric_the_place_of_the_given_axes_is_shared_out():
    left, right = pyplot.subplots(1, 2)[1]
    kept = right.get_position().bounds
    assert plot.loss_curve([2, 1], metric={"accuracy": [0, 1]}, ax=left) is left
    below = left.figure.axes[-1]
    for axes in (left, below):
        assert axes.get_position().x1 < right.get_position().x0
    assert below.get_position().y1 < left.get_position().y0
    assert right.get_position().bounds == kept and len(left.figure.axes) == 3


COMPARED_WRONGLY = {
    "no names": (({},), {}, "train has 0 names: give 1 to 7"),
    "more names than colours": ((dict.fromkeys("abcdefgh", [1]),), {}, "train has 8 names: give 1 to 7"),
    "runs of two lengths": (({"a": [[1, 2], [1]]},), {}, r"'a' of train .* in runs of shapes \(1,\) and \(2,\)"),
    "runs without a name": (([[1, 2], [2, 1]],), {}, "give several runs a name"),
    "an empty run": (({"a": []},), {}, "'a' of train has losses of shape"),
    "one number": ((3.0,), {}, r"train has losses of shape \(\)"),
    "a name for train alone": (({"a": [1]}, [1]), {}, r"validation has no names: give a dict such as \{'a': values\}"),
    "a name for validation alone": (([1], {"a": [1]}), {}, "validation has names and train has none"),
    "another name": (({"a": [1]}, {"b": [1]}), {}, r"validation has the names \['b'\], and the losses only \['a'\]"),
    "a metric without a name": (([1],), {"metric": [1]}, r"metric has no names: .*\{'accuracy': values\}"),
    "a metric that is not by name": (({"a": [1]},), {"metric": {"f": [1]}}, r"the metric 'f' has no .*\{'a': values\}"),
    "a metric of another name": (([1],), {"metric": {"f": {"a": [1]}}}, r"names \['a'\], and .* only \['train'\]"),
    "a shorter metric": (([1, 2],), {"metric": {"f": [1]}}, "give as many places as values, or epochs"),
}


@pytest.mark.parametrize(("arguments", "options", "said"), COMPARED_WRONGLY.values(), ids=COMPARED_WRONGLY.keys())
def test_what_cannot_be_compared_is_refused_with_what_to_do(arguments, options, said):
    with pytest.raises(ValueError, match=rf"loss_curve\(\): .*{said}"):
        plot.loss_curve(*arguments, **options)
    assert pyplot.get_fignums() == []


def test_a_metric_needs_axes_of_subplots():
    ax = pyplot.figure().add_axes([0, 0, 1, 1])
    with pytest.raises(ValueError, match=r"an ax that subplots\(\) has made"):
        plot.loss_curve([1], metric={"accuracy": [1]}, ax=ax)


# -- Confusion matrices --------------------------------------------------------------------------------------


def test_counts_have_true_classes_in_rows():
    counts = plot.confusion_counts(mg.tensor([0, 0, 2, 2, 2]), mg.tensor([0, 1, 2, 2, 1]))
    assert counts.tolist() == [[1, 1, 0], [0, 0, 0], [0, 1, 2]]
    assert plot.confusion_counts([0], [0], classes=2).tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize(
    ("labels", "predictions", "classes"),
    [([0, 1], [0], None), ([0, -1], [0, 0], None), ([0, 3], [0, 0], 3), ([0.5], [0], 1)],
)
def test_counts_refuse_what_is_no_class(labels, predictions, classes):
    with pytest.raises(ValueError, match="confusion_counts"):
        plot.confusion_counts(labels, predictions, classes)


def test_every_count_is_written_in_its_cell_and_the_errors_are_summed():
    counts = np.array([[50, 1, 0], [2, 40, 3], [0, 0, 60]])
    ax = plot.confusion_matrix(counts, names=["a", "b", "c"])
    written = {text.get_position(): text.get_text() for text in ax.texts}
    assert written == {(column, row): str(counts[row, column]) for row in range(3) for column in range(3)}
    assert ax.get_title() == "6 errors of 156"
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["a", "b", "c"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")


@pytest.mark.slow
def test_every_count_can_be_read_on_its_cell():
    counts = np.array([[a, 100 - a] for a in range(0, 100, 2)])  # shades from white to dark
    square = np.zeros((50, 50), int)
    square[:, :2] = counts
    ax = plot.confusion_matrix(square)
    image = ax.images[0]
    for text in ax.texts:
        column, row = text.get_position()
        cell = image.cmap(image.norm(image.get_array()[row, column]))
        assert contrast(cell, text.get_color()) >= 4.5, text.get_text()


def contrast(first, second):
    """The ratio of luminances that WCAG 2.1 asks to be 4.5 or more for text."""
    from matplotlib.colors import to_rgb

    def luminance(color):
        c = np.array(to_rgb(color))
        return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]

    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def test_a_matrix_must_be_square():
    with pytest.raises(ValueError, match=r"square.*\(2, 3\)"):
        plot.confusion_matrix(np.zeros((2, 3)))


# -- Images --------------------------------------------------------------------------------------------------


def test_signed_images_share_a_diverging_scale_centred_at_zero():
    images = mg.tensor(np.linspace(-3, 1, 3 * 4 * 5).reshape(3, 4, 5), requires_grad=True)
    shown = plot.image_grid(images).images
    assert len(shown) == 3
    assert {(image.norm.vmin, image.norm.vmax) for image in shown} == {(-3.0, 3.0)}
    red, green, blue, _ = shown[0].cmap(0.5)
    assert min(red, green, blue) > 0.95, "zero is white"


def test_unsigned_images_go_from_white_at_zero():
    (image,) = plot.image_grid(np.full((1, 2, 2), 0.4)).images
    assert (image.norm.vmin, image.norm.vmax) == (0, 0.4)
    assert image.cmap(0)[:3] == (1, 1, 1)


def test_images_lie_row_by_row_upright_without_touching():
    images = np.random.default_rng(0).random((5, 2, 3))
    ax = plot.image_grid(images, titles=range(5), columns=2)
    boxes = [image.get_extent() for image in ax.images]  # left, right, bottom, top, downwards
    assert boxes[0][1] < boxes[1][0], "the second is right of the first"
    assert boxes[0][2] < boxes[2][3], "the third is below it"
    assert all(bottom > top for _, _, bottom, top in boxes)
    bottom, top = ax.get_ylim()
    assert bottom > boxes[4][2] and top < boxes[0][3], "nothing is cut off"
    assert [text.get_text() for text in ax.texts] == list("01234")


@pytest.mark.parametrize(("shape", "titles"), [((4, 4), None), ((0, 4, 4), None), ((2, 4, 4), ["one"])])
def test_images_of_another_shape_or_number_are_refused(shape, titles):
    with pytest.raises(ValueError, match="image_grid"):
        plot.image_grid(np.zeros(shape), titles=titles)


# -- Attention -----------------------------------------------------------------------------------------------


def test_a_column_of_the_map_is_a_key():
    weights = mg.tensor([[0.9, 0.1, 0.0], [0.2, 0.3, 0.5]], requires_grad=True)
    ax = plot.attention_map(weights, rows=["is", "was"], columns=["a", "b", "c"])
    np.testing.assert_array_equal(ax.images[0].get_array(), weights.detach().numpy())
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["is", "was"]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["a", "b", "c"]
    assert "key" in ax.get_xlabel() and "query" in ax.get_ylabel()
    (bar,) = (other for other in ax.figure.axes if other is not ax)
    assert bar.get_ylabel() == "attention weight"


def test_a_square_map_has_its_names_on_both_sides():
    ax = plot.attention_map(np.eye(3), rows="abc")
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["a", "b", "c"]


@pytest.mark.parametrize(("highest", "top"), [(0.51, 1), (0.4, 0.4), (0.0, 1)])
def test_the_scale_of_weights_starts_at_0_and_ends_at_1_or_the_highest(highest, top):
    image = plot.attention_map([[highest, 0.0]]).images[0]
    assert (image.norm.vmin, image.norm.vmax) == (0, top)


@pytest.mark.parametrize(("weights", "rows"), [(np.ones((1, 2, 2)), None), ([[-0.1, 1]], None), (np.eye(2), "abc")])
def test_what_are_no_attention_weights_is_refused(weights, rows):
    with pytest.raises(ValueError, match="attention_map"):
        plot.attention_map(weights, rows=rows)


# -- Decision regions ----------------------------------------------------------------------------------------

CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


def test_the_classifier_is_asked_once_about_a_grid_around_the_points():
    asked = []

    def predict(places):
        asked.append(places)
        return (places[:, 0] > 0.25).long()

    ax = plot.decision_regions(predict, CORNERS, [0, 1, 0, 1], resolution=50, names=["left", "right"], xlabel="cm")
    (places,) = asked
    assert isinstance(places, mg.Tensor) and (places.shape, places.dtype) == ((2500, 2), mg.float32)
    assert places.amin(0).tolist() == pytest.approx([-0.08, -0.08])
    assert places.amax(0).tolist() == pytest.approx([1.08, 1.08])
    assert legend(ax) == ["left", "right"] and ax.get_xlabel() == "cm"
    borders = [drawn for drawn in ax.collections if drawn.get_label() == "_nolegend_"]
    assert len(borders) == 2
    for border in borders:
        x, y = np.concatenate([path.vertices for path in border.get_paths()]).T
        assert x == pytest.approx(0.25, abs=1.16 / 50)
        assert (y.min(), y.max()) == pytest.approx((-0.08, 1.08))


def test_each_class_has_its_colour_its_marker_and_its_own_points():
    ax = plot.decision_regions(lambda x: np.zeros(len(x), int), CORNERS, mg.tensor([0, 1, 1, 2]), resolution=9)
    points = [drawn for drawn in ax.collections if len(drawn.get_offsets()) and drawn.get_label() in "012"]
    assert [drawn.get_offsets().tolist() for drawn in points] == [[[0, 0]], [[1, 0], [0, 1]], [[1, 1]]]
    assert len({tuple(drawn.get_facecolor()[0]) for drawn in points}) == 3
    assert len({drawn.get_paths()[0].vertices.tobytes() for drawn in points}) == 3


@pytest.mark.parametrize(
    ("predict", "points", "labels"),
    [
        (lambda x: x, CORNERS, [0, 1, 0, 1]),
        (lambda x: x[:, 0] * 0, CORNERS, [0, 1, 0]),
        (lambda x: x[:, 0] * 0, np.zeros((4, 3)), [0, 1, 0, 1]),
        (lambda x: x[:, 0] * 0, CORNERS, [0, 1, 0, 7]),
        (lambda x: x[:, 0] * 0, CORNERS, [0, 1, 0, -1]),
    ],
)
def test_regions_of_another_shape_or_of_too_many_classes_are_refused(predict, points, labels):
    with pytest.raises(ValueError, match="decision_regions"):
        plot.decision_regions(predict, points, labels, resolution=5)


# -- Histograms ----------------------------------------------------------------------------------------------


def notes(ax):
    return [text.get_text() for text in ax.texts]


def test_layers_share_their_bins_and_the_first_is_on_top():
    layers = [np.linspace(-1, 1, 100).reshape(10, 10), mg.tensor([0.0, 0.0, 0.5], requires_grad=True)]
    ax = plot.histograms(layers, names=["first", "second"], bins=4, xlabel="gradient")
    first, second = (patch.get_data() for patch in ax.patches)
    assert first.edges.tolist() == second.edges.tolist() == [-1, -0.5, 0, 0.5, 1]
    np.testing.assert_allclose(first.baseline - first.values, [0.85, 0.85, 0.85, 0.85])
    np.testing.assert_allclose(second.baseline - second.values, [0, 0, 0.85, 0.425])
    assert ax.yaxis_inverted() and [tick.get_text() for tick in ax.get_yticklabels()] == ["first", "second"]
    assert ax.get_ylim()[1] < 0 - 0.85, "the highest bar of the first is not cut off"
    assert (ax.get_xlabel(), ax.get_xscale(), notes(ax)) == ("gradient", "linear", ["", ""])


def test_with_log_magnitudes_are_shown_and_zeros_counted():
    ax = plot.histograms([[0.0, -1e-6, 1e-2, 0.0], [np.nan, 1.0, -np.inf, 1.0]], log=True, bins=3, xlabel="gradient")
    first, second = (patch.get_data() for patch in ax.patches)
    np.testing.assert_allclose(first.edges, [1e-6, 1e-4, 1e-2, 1])
    assert (first.baseline - first.values).tolist() == [0.85, 0, 0.85]
    assert (second.baseline - second.values).tolist() == [0, 0, 0.85]
    assert notes(ax) == ["50% zero", "2 not finite"]
    assert (ax.get_xlabel(), ax.get_xscale()) == ("magnitude of the gradient", "log")


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("values", [[3.0, 3.0], [0.0], [np.nan]])
def test_layers_of_one_value_or_none_to_show_are_drawn(values, log, tmp_path):
    plot.histograms([values], log=log).figure.savefig(tmp_path / "figure.png")


@pytest.mark.parametrize(("layers", "names"), [([], None), ([[1.0], []], None), ([[1.0]], ["a", "b"])])
def test_no_values_or_another_number_of_names_is_refused(layers, names):
    with pytest.raises(ValueError, match="histograms"):
        plot.histograms(layers, names=names)


# -- Graphs --------------------------------------------------------------------------------------------------


def softmax_loss():
    """The softmax classifier's loss written out, and names for what it is made of."""
    x, W, b = mg.randn(4, 64), mg.randn(64, 10, requires_grad=True), mg.randn(10, requires_grad=True)
    y = mg.nn.functional.one_hot(mg.tensor([3, 1, 4, 1]), 10).float()
    z = x @ W + b
    exponentials = (z - z.amax(1, keepdim=True)).exp()
    p = exponentials / exponentials.sum(1, keepdim=True)
    loss = -(y * p.log()).sum() / 4
    return loss, {"x": x, "W": W, "b": b, "y": y, "z": z, "p": p, "loss": loss}


def tangled():
    a, b = mg.ones(3, requires_grad=True), mg.ones(2, 3, requires_grad=True)
    out = a
    for _ in range(4):
        out = (out * a).sin() + out.cos() * 2 * a
    return out * b.sum(0) * a


def boxes(ax):
    """The boxes by what is written in them: (left, right, bottom, top)."""
    found = [patch for patch in ax.patches if "\n" in patch.get_label() or patch.get_label().isalnum()]
    return [
        (box.get_label(), (box.get_x(), box.get_x() + box.get_width(), box.get_y(), box.get_y() + box.get_height()))
        for box in found
    ]


def test_each_operation_leaf_and_constant_has_its_box_below_what_it_needs():
    loss, names = softmax_loss()
    places = dict(boxes(plot.graph(loss, names=names)))
    order = ["x\n(4, 64)", "matmul\n(4, 10)", "z = add\n(4, 10)", "amax over axis 1\n(4, 1)", "sub\n(4, 10)"]
    order += ["exp\n(4, 10)", "sum over axis 1\n(4, 1)", "p = div\n(4, 10)", "log\n(4, 10)", "mul\n(4, 10)"]
    order += ["sum over axis 0, 1\nscalar", "neg\nscalar", "loss = div\nscalar"]
    assert set(places) == {*order, "W\n(64, 10)", "b\n(10,)", "y\n(4, 10)", "4"}
    assert all(places[upper][2] > places[lower][3] for upper, lower in itertools.pairwise(order))
    assert places["b\n(10,)"][2:] == places["matmul\n(4, 10)"][2:], "a leaf lies right above what needs it"


@pytest.mark.parametrize("make", first_quick([lambda: softmax_loss()[0], tangled]))
def test_no_two_boxes_and_no_box_and_edge_meet(make):
    ax = plot.graph(make())
    places = [place for _, place in boxes(ax)]
    for i, (left, right, bottom, top) in enumerate(places):
        for other in places[i + 1 :]:
            assert right < other[0] or other[1] < left or top < other[2] or other[3] < bottom
        edges = [np.array([text.xyann, text.xy]) for text in ax.texts] + [line.get_xydata() for line in ax.lines]
        for edge in edges:
            on_the_way = np.linspace(edge[0], edge[1], 50)
            inside = (on_the_way > (left + 1e-9, bottom + 1e-9)) & (on_the_way < (right - 1e-9, top - 1e-9))
            assert not inside.all(axis=1).any()
    assert len(ax.texts) > len(places) - 2, "there are edges"


@pytest.mark.slow
def test_all_of_a_graph_is_within_the_axes_and_the_text_within_its_box():
    ax = plot.graph(tangled())
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    for patch in ax.patches:
        extent = patch.get_path().transformed(patch.get_patch_transform()).get_extents()
        assert left <= extent.x0 and extent.x1 <= right and bottom <= extent.y0 and extent.y1 <= top


def test_a_value_used_twice_is_one_box_with_two_arrows():
    x = mg.ones(3, requires_grad=True)
    ax = plot.graph(x * x)
    assert [label for label, _ in boxes(ax)] == ["leaf\n(3,)", "mul\n(3,)"]
    assert len({text.xy for text in ax.texts}) == 2


@pytest.mark.skipif(not kernels.ENABLED, reason="MINIGRAD_KERNELS=0: no operation has an input left out")
def test_a_leaf_that_is_gone_and_an_input_left_out_are_no_obstacle():
    out = linear(mg.ones(4, 3), mg.ones(2, 3, requires_grad=True), None)  # without a bias
    assert [label for label, _ in boxes(plot.graph(out))] == ["constant\n(4, 3)", "leaf", "linear\n(4, 2)"]


def test_shares_go_forward_solid_and_back_dashed_between_boxes():
    places = {"a": (0, 0, "a = 2\ngradient 3"), "b": (3, 1, "b")}
    ax = plot.shares(places, [("a", "b", "3 * 1")], title="one user")
    assert [patch.get_label() for patch in ax.patches if patch.get_label()] == ["a = 2\ngradient 3", "b"]
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    assert [arrow.get_linestyle() for arrow in arrows] == ["solid", "--"]
    ax.figure.canvas.draw()
    left, right = (patch.get_bbox() for patch in ax.patches if isinstance(patch, FancyBboxPatch))
    for arrow in arrows:
        drawn = arrow.get_transform().transform(arrow.get_path().vertices[:-1])  # the last only closes the head
        tips = ax.transData.inverted().transform(drawn)
        assert (tips[:, 0] > left.x1 - 0.05).all() and (tips[:, 0] < right.x0 + 0.05).all()
    assert ax.get_title() == "one user"
    with pytest.raises(KeyError):
        plot.shares(places, [("a", "nowhere", "")])


def test_what_has_no_graph_is_refused():
    x = mg.ones(3, requires_grad=True)
    for without in (x, mg.ones(3), x.detach() * 2, 3.0):
        with pytest.raises(RuntimeError, match="no recorded operation computed"):
            plot.graph(without)
    loss = (x * 2).sum()
    loss.backward()
    with pytest.raises(RuntimeError, match="backward has freed"):
        plot.graph(loss)
    for _ in range(100):
        x = x * 2
    with pytest.raises(ValueError, match="more than 60 vertices"):
        plot.graph(x)


# -- Figures -------------------------------------------------------------------------------------------------

DRAWN = {
    "loss_curve": lambda ax: plot.loss_curve([2, 1], [2, 1.5], ax=ax),
    "compared, with a metric": lambda ax: plot.loss_curve({"a": [[2, 1]] * 2}, metric={"f": {"a": [0, 1]}}, ax=ax),
    "confusion_matrix": lambda ax: plot.confusion_matrix([[1, 0], [0, 2]], ax=ax),
    "image_grid": lambda ax: plot.image_grid(np.ones((2, 2, 2)), label="ink", ax=ax),
    "attention_map": lambda ax: plot.attention_map(np.eye(2), ax=ax),
    "decision_regions": lambda ax: plot.decision_regions(lambda x: x[:, 0] > 0, CORNERS, [0, 1, 0, 1], ax=ax),
    "histograms": lambda ax: plot.histograms([[1, 2], [0]], ax=ax),
    "graph": lambda ax: plot.graph(softmax_loss()[0], ax=ax),
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN.keys())
def test_it_draws_into_the_axes_it_is_given_or_makes_a_figure(draw, tmp_path):
    given = pyplot.figure().add_subplot()
    assert draw(given) is given
    made = draw(None)
    assert made.figure is not given.figure
    made.figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 1000


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN.keys())
def test_pyplot_knows_the_figures_it_makes_and_no_more(draw):
    given = pyplot.figure().add_subplot()
    draw(given)
    assert len(pyplot.get_fignums()) == 1
    made = draw(None)
    assert pyplot.gcf() is made.figure
    assert len(pyplot.get_fignums()) == 2


REFUSED = {
    "loss_curve": lambda: plot.loss_curve([1, 2], train_x=[1]),
    "loss_curve, validation": lambda: plot.loss_curve([1, 2], []),
    "confusion_matrix": lambda: plot.confusion_matrix(np.eye(2), names=["a"]),
    "image_grid": lambda: plot.image_grid(np.ones((2, 2, 2)), titles=["a"]),
    "attention_map, rows": lambda: plot.attention_map(np.eye(2), rows=["a"]),
    "attention_map, columns": lambda: plot.attention_map(np.eye(2), columns=["a"]),
    "decision_regions": lambda: plot.decision_regions(lambda x: x[:, 0] > 0, CORNERS, [0, 1, 0, 7]),
    "histograms": lambda: plot.histograms([[1]], names=["a", "b"]),
    "graph": lambda: plot.graph(mg.ones(1)),
}


@pytest.mark.parametrize("draw", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_leaves_no_empty_figure(draw):
    with pytest.raises((ValueError, RuntimeError), match=r"\(\)"):
        draw()
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("backend", first_quick(["", "svg"]))
def test_matplotlib_is_imported_only_to_draw_and_no_back_end_is_chosen(backend):
    code = (
        "import sys, minigrad.plot as plot; assert 'matplotlib' not in sys.modules;"
        "plot.loss_curve([1, 2]); import matplotlib; print(matplotlib.get_backend())"
    )
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "MPLBACKEND")}
    environment |= {"MPLBACKEND": backend} if backend else {}
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip().lower(), done.stderr) == (backend or "agg", "")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_notebook_shows_the_picture(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("MPLBACKEND", raising=False)
    cells = [nbformat.v4.new_code_cell("from minigrad import plot\nplot.loss_curve([3, 2, 1])")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert [1 for output in cells[0].outputs if "image/png" in output.get("data", {})] == [1]


# -- Words ---------------------------------------------------------------------------------------------------

X = mg.ones(3, requires_grad=True)
WORDED = {
    "loss_curve": lambda word: plot.loss_curve([2, 1], [2, 1], labels=(word, word), xlabel=word, unit=word),
    "compared, with a metric": lambda word: plot.loss_curve({word: [[2, 1]] * 2}, metric={word: {word: [2, 1]}}),
    "many losses": lambda word: plot.loss_curve(range(200), [2, 1], labels=(word, word)),
    "confusion_matrix": lambda word: plot.confusion_matrix([[1]], names=[word]),
    "image_grid": lambda word: plot.image_grid(np.ones((1, 2, 2)), titles=[word], label=word),
    "attention_map": lambda word: plot.attention_map([[1]], rows=[word], columns=[word]),
    "decision_regions": lambda word: plot.decision_regions(
        lambda x: x[:, 0] > 0.5, CORNERS, [0, 1, 0, 1], names=[word, word], xlabel=word, ylabel=word, resolution=9
    ),
    "histograms": lambda word: plot.histograms([[1, 2]], names=[word], xlabel=word),
    "graph": lambda word: plot.graph(X * 2, names={word: X}),
}
WORDS = [
    *["$5", "\t\0\ud800", "a\nb", "$a_$", "$", "$$", "$x^2$", "\\$", "\\", "%", "{", "a_b", "_a", "", " "],
    *["x" * 5000, 3, 2.5, None, mg.tensor(7)],
]
worded = pytest.mark.parametrize("draw", WORDED.values(), ids=WORDED.keys())


@worded
@pytest.mark.parametrize("word", first_quick(WORDS, 2), ids=lambda word: ascii(word)[:12])
def test_any_word_can_be_shown(draw, word):
    ax = draw(word)
    ax.figure.savefig(io.BytesIO())
    if draw is WORDED["loss_curve"]:
        assert len(legend(ax)) == 3, "none is hidden"
    if draw is WORDED["decision_regions"]:
        assert len(legend(ax)) == 2


def drawn(text):
    """The outline of a text as matplotlib draws it when it takes it for no formula."""
    figure = pyplot.figure()
    figure.text(0.1, 0.5, text, parse_math=False)
    return picture(figure)


def picture(figure):
    file = io.BytesIO()
    figure.savefig(file)
    return file.getvalue()


@pytest.mark.parametrize("word", ["$5", "$a_$", "$$", "$x^2$", "\\$", "a\\$b$", "\\", "a\nb", "größe"])
def test_a_word_is_shown_letter_by_letter(word):
    tick = plot.confusion_matrix([[1]], names=[word]).get_yticklabels()[0]
    figure = pyplot.figure()
    figure.text(0.1, 0.5, tick.get_text())
    assert picture(figure) == drawn(word)


def test_long_words_are_cut_and_controls_escaped():
    ax = plot.attention_map([[1]], rows=["x" * 41 + "\ny"], columns=["a\tb"])
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["x" * 37 + "...\ny"]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [r"a\tb"]


def test_numbers_in_a_tensor_are_titles():
    ax = plot.image_grid(np.ones((2, 1, 1)), titles=mg.tensor([4, 2]))
    assert [text.get_text() for text in ax.texts] == ["4", "2"]


@worded
def test_letters_that_no_font_has_are_told_in_one_warning(draw):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        draw("a \U000F1234\U000F1235").figure.savefig(io.BytesIO())
    (warning,) = caught
    assert warning.filename == __file__
    assert "\U000F1234 \U000F1235, shown as \u25a1" in str(warning.message)
    assert "Install a font" in str(warning.message)


@pytest.fixture
def other_font(tmp_path):
    """A font that matplotlib knows, with a square for one letter that its own fonts lack."""
    pen = TTGlyphPen(None)
    for move, point in ((pen.moveTo, (0, 0)), (pen.lineTo, (0, 800)), (pen.lineTo, (800, 800)), (pen.lineTo, (800, 0))):
        move(point)
    pen.closePath()
    square = pen.glyph()
    font = FontBuilder(1000)
    font.setupGlyphOrder([".notdef", "square"])
    font.setupCharacterMap({0xF1234: "square"})
    font.setupGlyf({".notdef": square, "square": square})
    font.setupHorizontalMetrics({".notdef": (1000, 0), "square": (1000, 0)})
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    font.setupOS2()
    font.setupPost()
    font.save(tmp_path / "squares.ttf")
    before = list(font_manager.fontManager.ttflist)
    font_manager.fontManager.addfont(tmp_path / "squares.ttf")
    yield "\U000F1234"
    font_manager.fontManager.ttflist[:] = before


@worded
def test_a_font_that_has_the_letters_is_found(draw, other_font):
    ax = draw(f"a{other_font}")  # warnings are errors
    ax.figure.savefig(io.BytesIO())


def test_the_letters_themselves_are_kept_where_a_font_has_them(other_font):
    (tick,) = plot.confusion_matrix([[1]], names=[other_font]).get_xticklabels()
    assert tick.get_text() == other_font
    assert "Squares" in tick.get_fontfamily()
