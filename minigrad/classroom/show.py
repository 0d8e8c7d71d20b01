"""What the learner sees: reports, the list of exercises, colours on a terminal."""

import os
import sys

from .cells import place
from .command import command

WORDS = {"ok": "ok", "todo": "to do", "wrong": "WRONG", "crash": "CRASH", "timeout": "TIMEOUT"}
COLOURS = {"ok": 32, "passed": 32, "todo": 33, "wrong": 31, "crash": 31, "timeout": 31}
PRINTED = 10  # lines of the file's own output that are shown


def coloured(text, status):
    """In the colour of a status, on a terminal, unless NO_COLOR asks for none."""
    on = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\033[{COLOURS[status]}m{text}\033[0m" if on and status in COLOURS else text


def printable(text):
    """One line, without what could move a terminal's cursor or break a table."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def points(number):
    """Such as "1 point" or "2 points"."""
    return f"{number} point{'' if number == 1 else 's'}"


def edit_next(master, folder):
    """What to do about the exercise that comes next."""
    typed = folder.command("check", str(master.number))
    return f"Next: edit {folder.file(master)}, then type: {typed}"


def report(master, result, folder, path, source, verbose=False):
    """The whole answer to `check N`."""
    lines = [f"ex{master.number:02} {master.title}".ljust(44) + f"  {path}"]
    width = max(len(outcome.title) for outcome in result.outcomes) + 3
    for outcome in result.outcomes:
        word = coloured(WORDS[outcome.status].ljust(8), outcome.status)
        earned = points(outcome.points) if outcome.status == "ok" else ""
        lines.append(f"  {outcome.part}  {outcome.title.ljust(width)}{word} {earned}".rstrip())
    lines.append("")
    failed = [outcome for outcome in result.outcomes if outcome.status != "ok"]
    for outcome in failed if verbose else failed[:1]:
        lines += ["  " + line for line in outcome.message.splitlines()]
        if verbose and outcome.details:
            lines += ["    " + line for line in outcome.details.rstrip().splitlines()]
        lines.append("")
    lines += printed(result.output, verbose)
    return "\n".join(lines + what_next(master, result, folder, path, source))


def printed(output, verbose=False):
    """What the learner's file printed itself, its last lines unless all are asked for."""
    lines = [printable(line)[:200] for line in output.splitlines()]
    if not lines:
        return []
    shown = lines if verbose else lines[-PRINTED:]
    left_out = f" (the last {PRINTED} of {len(lines)} lines)" if len(shown) < len(lines) else ""
    return [f"  Your file printed{left_out}:", *("    " + line for line in shown), ""]


def what_next(master, result, folder, path, source):
    """The score, and the command to type."""
    number, score = str(master.number), f"{result.score} of {points(master.max_score)}"
    if result.passed:
        passed = coloured("passed", "passed")
        ours = f" Our answer: {folder.command('solution', number)}" if master.has_answers else ""
        return [f"{score}: {passed}.{ours}"]
    failed = next(outcome for outcome in result.outcomes if outcome.status != "ok")
    where = to_edit(master, failed.part, result, path, source)
    lines = [f"{score}. Edit {where}, save, run the same command again."]
    given = folder.of(master)["hints"].get(failed.part, 0)
    given = given if isinstance(given, int) else 0
    if given < 3:
        lines.append(f"Stuck?  {folder.command('hint', number)}   ({given + 1} of 3)")
    elif master.has_answers:
        lines.append(f"Stuck?  {folder.command('solution', number, '--give-up')}")
    return lines


def to_edit(master, part, result, path, source):
    """Where to edit: the line that kept the file from running, or else the part's function."""
    if result.unloaded is not None:
        return place(result.unloaded, source, path) if result.unloaded else "your file"
    name, line = master.function_of(part), master.line_of(part, source)
    return f"{name} ({place(line, source, path)})" if line else f"your file: it must define {name}"


def standing(master, folder):
    """One word or two on how an exercise stands."""
    known = folder.of(master)
    if set(master.points) <= set(map(str, known["parts"])):
        return "passed", "passed" + (", gave up before" if known["gave_up"] else "")
    hints = sum(n for n in known["hints"].values() if isinstance(n, int))
    words = f"{known['score']} of {points(master.max_score)}"
    words += f", {hints} hint{'' if hints == 1 else 's'}" if hints else ""
    return "todo", words + (", gave up" if known["gave_up"] else "")


def listing(masters, folder=None):
    """The list of exercises with the learner's progress, and the next command to type."""
    lines, first, passed = [], None, 0
    for master in masters.values():
        status, words = standing(master, folder) if folder else ("", points(master.max_score))
        passed += status == "passed"
        first = first or (master if status != "passed" else None)
        lines.append(f"  ex{master.number:02}  {master.title.ljust(44)}  {coloured(words, status)}")
    if not folder:
        return "\n".join([*lines, "", f"To begin, type: {command('start')}"])
    head = f"{passed} of {len(masters)} exercises passed, in {folder.path}"
    if first is None:
        return "\n".join(
            [
                head,
                *lines,
                "",
                "All done. To check them again, type: " + folder.command("check", "--all"),
            ]
        )
    return "\n".join([head, *lines, "", edit_next(first, folder)])
