"""The classroom: exercises that check themselves. On the command line: `python -m
minigrad.classroom`.
"""
