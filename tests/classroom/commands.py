"""What the tests of the commands share."""

from minigrad.classroom.__main__ import main


def said(capsys, *words):
    """(exit code, standard output, standard error) of a command."""
    try:
        code = main(list(words))
    except SystemExit as end:
        code = end.code
    captured = capsys.readouterr()
    return code, captured.out, captured.err
