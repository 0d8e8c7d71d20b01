"""The form of a lesson, as far as a machine can judge it: what is wrong with a text, in words."""

import ast
import builtins
import re
import textwrap

WIDTH, WIDTH_OF_CODE = 100, 88
CODE, CODE_OF_A_CELL = 110, 30
FORMULA = re.compile(r":math:`.+?`", re.DOTALL)
DISPLAYED = re.compile(r"^\.\. math::((?:\n+ +.*)+)", re.MULTILINE)
ITEM = re.compile(r"(?:[-*+]|(?:\d+|[a-z])[.)]) +")


def faults(text, number):
    """What is wrong with the source of lesson `number` ("02"), an empty list if nothing is."""
    parts = re.split(r"^# %%(.*)\n", text, flags=re.MULTILINE)
    head, cells = parts[0], parts[2::2]
    found = _of_head(head.strip())
    found += [f"a title after # %%: {title.strip()}" for title in parts[1::2] if title.strip()]
    found += _of_lines(text)
    told = [_docstring(head), *map(prose, cells)]
    for words in told:
        found += _of_prose(words)
    for cell in cells:
        found += _of_cell(cell)
    count = len(code_lines(text))
    if count > CODE:
        found.append(f"{count} lines of code")
    if prose_lines(text) < count:
        found.append(f"{prose_lines(text)} lines of prose for {count} of code")
    running = " ".join(" ".join(told).split())
    if f"exercise {number} of the classroom" not in running:
        found.append(f"'exercise {number} of the classroom' is not mentioned")
    if not re.search(rf"python -m minigrad\.classroom check 0?{int(number)}\b", running):
        found.append(f"'python -m minigrad.classroom check {number}' is not mentioned")
    return found


def prose(cell):
    """The text of a cell: the comment that it begins with."""
    comment = re.match(r"(?:#.*(?:\n|$))*", cell)[0]
    return "\n".join(line[1:].removeprefix(" ") for line in comment.splitlines())


def headings(text):
    """The headings of a lesson in order, each with what stands under it, code and all."""
    _, *parts = re.split(r"^# (\S.*)\n# (?:-{3,}|={3,})$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def code_lines(text):
    """The numbers of the lines that are neither blank nor comment nor docstring."""
    lines, told = text.splitlines(), _docstring_lines(ast.parse(text))
    code = re.compile(r"\s*[^#\s]")
    return [i for i, line in enumerate(lines, 1) if code.match(line) and i not in told]


def prose_lines(text):
    """How many lines say something in a comment or in a docstring."""
    lines, told = text.splitlines(), _docstring_lines(ast.parse(text))
    said = (i for i, line in enumerate(lines, 1) if i in told or re.match(r"\s*#(?! %%)", line))
    return sum(bool(re.search(r"\w", lines[i - 1].replace('r"""', ""))) for i in said)


def _docstring_lines(tree):
    kinds = (ast.Module, ast.FunctionDef, ast.ClassDef)
    nodes = [node for node in ast.walk(tree) if isinstance(node, kinds)]
    told = [node.body[0] for node in nodes if ast.get_docstring(node)]
    return {i for node in told for i in range(node.lineno, node.end_lineno + 1)}


def _docstring(head):
    try:
        return ast.get_docstring(ast.parse(head)) or ""
    except SyntaxError:
        return ""


def _of_head(head):
    lines = _docstring(head).splitlines()
    if len(lines) < 3 or not head.endswith('"""'):
        return ["a lesson begins with a docstring, and # %% follows it"]
    found = []
    if set(lines[1]) != {"="} or len(lines[1]) != len(lines[0]):
        found.append("the title is underlined with as many = as it has characters")
    if not lines[0].endswith("?"):
        found.append("the title is the question")
    for line in (r"\*You need\* \S", r"\*New words\*: \S", r"\*Runs\* about \d+ seconds?\b"):
        if not re.search(f"^{line}", "\n".join(lines), re.MULTILINE):
            found.append(f"a line of the head is not there: {line}")
    return found


def _of_lines(text):
    found = [f"not ASCII: {line}" for line in text.splitlines() if not line.isascii()]
    head = range(1, _end_of_docstring(text) + 1)
    for i, line in enumerate(text.splitlines(), 1):
        width = WIDTH if i in head or line.lstrip().startswith("#") else WIDTH_OF_CODE
        if len(line) > width:
            found.append(f"line {i} has {len(line)} columns")
    return found


def _end_of_docstring(text):
    tree = ast.parse(text)
    return tree.body[0].end_lineno if ast.get_docstring(tree) else 0


def _of_prose(words):
    """Formulas are written as such, and an indented block and its end have blank lines."""
    found, plain, before, inside = [], [], "", None
    for line in words.splitlines():
        indent = len(line) - len(line.lstrip())
        if inside is not None and line.strip() and indent <= inside:
            inside = None
            if before.strip():
                found.append(f"no blank line after an indented block: {line}")
        if line.startswith(".. ") and not line.startswith(".. math::"):
            found.append(f"a directive that the notebooks do not know: {line}")
        if line.startswith(".. math::") or (line.rstrip().endswith("::") and inside is None):
            inside = indent
        elif inside is None:
            if line.strip() and before.strip() and _is_deeper(line, before):
                found.append(f"no blank line before an indented block: {line}")
            if indent and not before.strip() and plain and not _goes_on(plain, indent):
                found.append(f"no :: before an indented block: {line}")
            if re.search(r"-{5}|={5}", line) and line != line[:1] * len(before):
                found.append(f"not as many - as the heading above has characters, alone in a line: {line}")
            plain.append(line)
        if line.startswith(".. math::") and before.strip():
            found.append(f"no blank line before {line}")
        before = line
    spoken = re.sub(r"``.+?``", "", FORMULA.sub("", "\n".join(plain)), flags=re.DOTALL)
    formulas = re.findall(r".*[\\$].*", spoken)
    aligned = [formula for formula in DISPLAYED.findall(words) if "&" in formula and r"\\" not in formula]
    found += [f"& in a formula of one line: {formula.strip()}" for formula in aligned]
    return found + [f"a formula that is not in :math: {line}" for line in formulas]


def _goes_on(plain, indent):
    """Whether an indent is that of the text of the list's last item."""
    items = [ITEM.match(line) for line in plain if not line.startswith(" ") and line.strip()]
    return bool(items and items[-1] and items[-1].end() == indent)


def _is_deeper(line, before):
    """Whether a line is indented from the one before, and does not go on with an item of a list."""
    first, item = re.match(r" *", before).end(), ITEM.match(before.lstrip())
    indent = re.match(r" *", line).end()
    return indent > first and not (item and indent == first + item.end())


def _of_cell(cell):
    try:
        tree = ast.parse(cell)
    except SyntaxError as error:
        return [f"a cell does not parse: {error.msg}: {(error.text or '').strip()}"]
    found, count = [], len(code_lines(cell))
    if count > CODE_OF_A_CELL:
        found.append(f"a cell has {count} lines of code: {cell.strip().splitlines()[0]}")
    for node in ast.walk(tree):
        if why := _of_node(node):
            found.append(f"{why}: {ast.unparse(node).splitlines()[0]}")
    return found


def _of_node(node):
    if isinstance(node, ast.NamedExpr):
        return "a walrus"
    if isinstance(node, (ast.For, ast.comprehension)):
        if any(isinstance(part, ast.Starred) for part in ast.walk(node.target)):
            return "a starred target of a loop"
        if any(isinstance(part, ast.IfExp) for part in ast.walk(node.iter)):
            return "a conditional in what a loop goes over"
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple):
        if any(isinstance(target, ast.Tuple) for target in node.targets):
            return "several values assigned at once"
    for name in ("body", "orelse", "finalbody"):
        statements = getattr(node, name, [])
        if isinstance(statements, list):  # the body of a lambda is none
            for first, second in zip(statements, statements[1:], strict=False):
                if first.end_lineno == second.lineno:
                    return "two statements in a line"
    return None


# -- Exercises ---------------------------------------------------------------------------------


def unseen(lines, visible, lesson):
    """What a blank's `lines` use that neither the exercise's `visible` text nor its lesson has.

    Names of functions, attributes and keywords, and operators beyond those of arithmetic.
    """
    tree = ast.parse("def blank():\n" + textwrap.indent("\n".join(lines), "    "))
    words = set(re.findall(r"\w+", visible + lesson))
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    own = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    known = words | own | set(dir(builtins))
    shown = _operators(ast.parse(lesson)) | _operators(ast.parse(visible))
    return sorted((_names(tree) - known) | (_operators(tree) - shown))


def _names(tree):
    found = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    found |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg}
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return found | {node.id for node in called if isinstance(node, ast.Name)}


def _operators(tree):
    kinds = (ast.MatMult, ast.FloorDiv, ast.Mod, ast.BitAnd, ast.BitOr, ast.BitXor, ast.Invert)
    return {f"operator {type(node).__name__}" for node in ast.walk(tree) if isinstance(node, kinds)}
