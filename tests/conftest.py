"""What holds for every test."""

import signal

# A shell starts what it runs in the background with Ctrl-C ignored, and children inherit that: a test which sends
# Ctrl-C to a child of its own would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)
