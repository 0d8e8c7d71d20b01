"""What the tests of single exercises share."""

from minigrad.classroom.checker import check


def complaints(master, answers, **how):
    """What is said of the solution with other `answers`, lines by part, in place of its own; of right ones, nothing."""
    source = master.filled(lambda blank: answers.get(blank.part, "\n".join(blank.lines)).splitlines())
    report = check(master, source.encode(), hidden=True, **how)
    return [(outcome.name, outcome.message) for outcome in report.outcomes if outcome.status != "ok"]
