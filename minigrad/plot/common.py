"""What the plots share: colours that colour-blind readers tell apart, new axes, values, texts."""

import functools
import unicodedata
import warnings

import numpy as np

from ..core.tensor import Tensor

BLUE = "#0072B2"
ORANGE = "#D55E00"
GREY = "#6B6B6B"
MORE = ("#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")  # of Okabe and Ito, without yellow
BUNDLED = "DejaVu Sans"  # the font that comes with matplotlib
BOX = "\N{WHITE SQUARE}"
NOTHING = "\N{ZERO WIDTH SPACE}"
LONGEST = 40  # letters of a line; more leave no room for the plot


def new_axes(width=6.4, height=4.4):
    """Return the only Axes of a new figure of pyplot, of that size in inches."""
    from matplotlib import pyplot

    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]


def array_of(values):
    """Return the values of a tensor, a list or an array, as an array."""
    return values.detach().numpy() if isinstance(values, Tensor) else np.asarray(values)


# -- Texts -----------------------------------------------------------------------------------------


def literal(*lists):
    """Return the texts of each list, or None for None, as strings that matplotlib shows literally.

    A text may be a string, a number, or None, which is shown as nothing. No text is read as a
    formula, control characters are shown as escapes, and lines of more than 40 letters are cut.
    Letters that no font on this machine has become boxes, with one warning that names them.
    """
    lists = [None if texts is None else [_as_text(text) for text in texts] for texts in lists]
    letters = frozenset("".join(text for texts in lists for text in texts or []))
    _, lacking = _fallback_fonts(letters)
    if lacking:
        _warn_of(lacking)
    shown = {**dict.fromkeys(map(ord, lacking), BOX), ord("$"): r"\$"}
    return [None if texts is None else [text.translate(shown) for text in texts] for texts in lists]


def legend_label(text):
    """Return a `literal` text as a label that the legend shows.

    Matplotlib hides a label that is empty or begins with an underscore.
    """
    return NOTHING + text if not text or text.startswith("_") else text


def families(texts):
    """Return the font families, in the order in which each letter of `texts` is looked up."""
    from matplotlib.font_manager import FontProperties

    chosen, _ = _fallback_fonts(frozenset("".join(texts)))
    return [*FontProperties().get_family(), *chosen, BUNDLED]


def _as_text(value):
    value = value.item() if isinstance(value, Tensor) else value
    text = "" if value is None else str(value)
    lines = [_shortened(line) for line in text.split("\n")]
    return "\n".join("".join(map(_visible, line)) for line in lines)


def _shortened(line):
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


def _visible(letter):
    is_control = unicodedata.category(letter) in ("Cc", "Cs")
    return letter.encode("unicode_escape").decode() if is_control else letter


def _warn_of(lacking):
    from matplotlib import get_cachedir

    letters = " ".join(sorted(lacking)[:20])
    warnings.warn(
        f"minigrad.plot: no font on this machine has {letters}, shown as {BOX}. "
        "Install a font that has them, such as Noto Sans CJK for Chinese, Japanese and Korean, "
        f"and delete the list of fonts in {get_cachedir()}",
        stacklevel=4,
    )


def _fallback_fonts(letters):
    """Return families of fonts for the letters that the usual fonts lack, and those in no font."""
    from matplotlib import font_manager

    lacking = letters - {"\n"}
    for family in [*font_manager.FontProperties().get_family(), BUNDLED]:
        path = font_manager.findfont(font_manager.FontProperties(family=[family]))
        lacking = lacking - _letters_of(path)
    others = {}
    for font in font_manager.fontManager.ttflist if lacking else []:
        is_boxes = font.name.startswith("Last Resort")  # it has a box for every letter
        if font.style == "normal" and not is_boxes:
            others[font.name] = _letters_of(font.fname)
    chosen = []
    while lacking and others:
        best = max(others, key=lambda name: len(lacking & others[name]))
        if not lacking & others[best]:
            break
        chosen.append(best)
        lacking = lacking - others[best]
    return chosen, lacking


@functools.cache
def _letters_of(path):
    from matplotlib.font_manager import get_font

    return frozenset(map(chr, get_font(path).get_charmap()))
