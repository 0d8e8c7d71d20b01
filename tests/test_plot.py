"""minigrad.plot: what is drawn, on which scale, and that it needs neither a screen nor pyplot."""

import subprocess
import sys

import numpy as np
import pytest

import minigrad as mg
from minigrad import plot


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


# -- Figures -------------------------------------------------------------------------------------------------

DRAWN = {
    "loss_curve": lambda ax: plot.loss_curve([2, 1], [2, 1.5], ax=ax),
    "confusion_matrix": lambda ax: plot.confusion_matrix([[1, 0], [0, 2]], ax=ax),
    "image_grid": lambda ax: plot.image_grid(np.ones((2, 2, 2)), label="ink", ax=ax),
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN.keys())
def test_it_draws_into_the_axes_it_is_given_or_makes_a_figure(draw, tmp_path):
    given = plot.new_axes()
    assert draw(given) is given
    made = draw(None)
    assert made.figure is not given.figure
    made.figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 1000


def test_pyplot_is_never_imported_and_matplotlib_only_to_draw():
    code = (
        "import sys, minigrad.plot as plot; assert 'matplotlib' not in sys.modules;"
        "plot.loss_curve([1, 2]); plot.confusion_matrix([[1]]); plot.image_grid([[[1]]]);"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
