"""The prose of lessons, which is reStructuredText, as Markdown for notebooks."""

import re
import textwrap

HEADING = re.compile(r"(\S.*)\n(=+|-+|~+)(?=\n|$)")
LEVELS = {"=": "#", "-": "##", "~": "###"}
FORMULA = re.compile(r"\.\. math::(.*)")
ITEM = re.compile(r"(?:[-*+]|(?:\d+|[a-z])[.)]) +")
TABLE = re.compile(r"=+(?: +=+)+\n")
MATH = re.compile(r":math:`(.+?)`", re.DOTALL)
CODE = re.compile(r"``(.+?)``", re.DOTALL)
LINK = re.compile(r"`([^`<]+?)\s*<([^`>]+)>`__?")


def markdown(text):
    """Markdown that says what this reStructuredText says, in so far as lessons need it.

    These are headings, code, links, lists, quotations, literal blocks (after ``::``), tables, and
    mathematics, in a line (``:math:``) or on its own (``.. math::``). The rest stays as it is, for
    both write it in the same way.
    """
    parts = []
    blocks = [block for block in re.split(r"\n(?:[ \t]*\n)+", text.strip("\n")) if block]
    while blocks:
        parts.append(_next_part(blocks, after_item=bool(parts) and bool(ITEM.match(parts[-1]))))
    return "\n\n".join(parts)


def _next_part(blocks, after_item):
    """The Markdown of the first block and of the indented ones that belong to it; take them."""
    block = blocks.pop(0)
    if match := HEADING.match(block):
        blocks[:0] = [rest] if (rest := block[match.end() :].strip("\n")) else []
        return f"{LEVELS[match[2][0]]} {_inline(match[1])}"
    if match := FORMULA.match(block):
        under = textwrap.dedent(block[match.end() :].strip("\n"))
        return _formula([match[1].strip(), under, _taken(blocks)])
    if TABLE.match(block):
        return f"```\n{block}\n```"
    if block.startswith(" "):  # goes on with an item of a list, or is a quotation
        return _inline(textwrap.indent(textwrap.dedent(block), "   " if after_item else "> "))
    if block.endswith("::"):
        said = "" if block == "::" else f"{_inline(block.removesuffix('::').rstrip())}:\n\n"
        return f"{said}```\n{_taken(blocks)}\n```"
    return _inline(block)


def _taken(blocks):
    """The indented blocks at the beginning, without their indentation; they leave `blocks`."""
    taken = []
    while blocks and blocks[0].startswith(" "):
        taken.append(blocks.pop(0))
    return textwrap.dedent("\n\n".join(taken))


def _formula(lines):
    formula = "\n".join(line for line in lines if line)
    if "&" in formula and r"\begin" not in formula:
        formula = f"\\begin{{aligned}}\n{formula}\n\\end{{aligned}}"
    return f"$$\n{formula}\n$$"


def _inline(text):
    text = MATH.sub(lambda match: f"${' '.join(match[1].split())}$", text)
    text = LINK.sub(r"[\1](\2)", text)
    return CODE.sub(r"`\1`", text)
