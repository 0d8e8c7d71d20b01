"""Tables in Markdown, a row at a time, whose columns also stand in line on a screen."""


def ratio(value, bar):
    """A ratio beside its bar, the highest that is acceptable, in bold where it is missed: **1.31 > 1.20**."""
    if bar is None:
        return f"{value:.2f}"
    return f"{value:.2f} <= {bar:.2f}" if value <= bar else f"**{value:.2f} > {bar:.2f}**"


def row(cells):
    first, *others = cells
    print(f"| {first:37} |", *[f"{text:>16} |" for text in others], flush=True)


def head(cells):
    row(cells)
    row(["---"] + ["--:"] * (len(cells) - 1))
