"""The classroom: exercises that check themselves. On the command line: `python -m
minigrad.classroom`.

`minigrad/classroom/README.md` tells learners and teachers how to use it.
"""
