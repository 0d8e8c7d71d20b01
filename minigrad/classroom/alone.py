"""Keep a process alone: Linux refuses it what would make, signal or change another process.

A limit on the number of processes binds neither root nor threads apart, so a filter of system calls
(seccomp, in classic BPF) does: threads work, `fork` does not. Whoever starts a process may rely on
ending it.
"""

import ctypes
import os
import platform
import struct

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
CLONE_THREAD = 0x10000
ALLOW = 0x7FFF0000
ERRNO = 0x00050000
EPERM = 1
ENOSYS = 38
LOAD = 0x20
EQUAL = 0x15
AT_LEAST = 0x35
ANY_BIT = 0x45
RETURN = 0x06

# the numbers of system calls on x86_64 and on aarch64, by what becomes of them
REFUSED = {  # fork, vfork, tkill, ptrace, rt_sigqueueinfo, rt_tgsigqueueinfo, process_vm_readv and
    # _writev, unshare, pidfd_open, pidfd_send_signal, setpgid, setsid, setpriority, ioprio_set,
    # add_key, request_key, keyctl
    "x86_64": (57, 58, 200, 101, 129, 297, 310, 311, 272, 434, 424)
    + (109, 112, 141, 251, 248, 249, 250),
    "aarch64": (130, 117, 138, 240, 270, 271, 97, 434, 424) + (154, 157, 140, 30, 217, 218, 219),
}
ITSELF = {  # kill, tgkill, prlimit64: only where the first argument is the process itself, or 0
    "x86_64": (62, 234, 302),
    "aarch64": (129, 131, 261),
}
COMMANDS = {  # fcntl, ioctl: that a signal goes to another; prctl: to outlive the parent
    "x86_64": ((72, 1, (8, 10, 15)), (16, 1, (0x8901, 0x8902)), (157, 0, (1,))),
    "aarch64": ((25, 1, (8, 10, 15)), (29, 1, (0x8901, 0x8902)), (167, 0, (1,))),
}
CLONE = {"x86_64": 56, "aarch64": 220}
CLONE3 = 435  # its arguments cannot be read from here: who meets ENOSYS takes clone
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def refuse_other_processes():
    """Have Linux refuse this process, from now on, to make, signal or change another process.

    Does nothing on other systems and processors.
    """
    machine = platform.machine()
    if platform.system() != "Linux" or machine not in CLONE or struct.calcsize("P") != 8:
        return
    program = _program(machine, os.getpid())
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    description = struct.pack("HP", len(program), ctypes.addressof(code))
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, description)


def _program(machine, pid):
    """The filter: (code, lines to skip if true, if false, value) for each line."""
    refuse = (RETURN, 0, 0, ERRNO | EPERM)
    allow = (RETURN, 0, 0, ALLOW)
    lines = [
        (LOAD, 0, 0, 4),  # the architecture
        (EQUAL, 1, 0, ARCHITECTURE[machine]),
        refuse,
        (LOAD, 0, 0, 0),  # the system call
        (AT_LEAST, 0, 1, 0x40000000),  # x86_64's second set of numbers, x32
        refuse,
        (EQUAL, 0, 1, CLONE3),
        (RETURN, 0, 0, ERRNO | ENOSYS),
    ]
    for number in REFUSED[machine]:
        lines += [(EQUAL, 0, 1, number), refuse]
    first = (LOAD, 0, 0, 16)  # the first argument
    lines += [(EQUAL, 0, 4, CLONE[machine]), first, (ANY_BIT, 1, 0, CLONE_THREAD), refuse, allow]
    for number in ITSELF[machine]:
        zero = (EQUAL, 1, 0, 0) if number == ITSELF[machine][-1] else (EQUAL, 1, 0, pid)
        lines += [(EQUAL, 0, 5, number), first, (EQUAL, 2, 0, pid), zero, refuse, allow]
    for number, place, commands in COMMANDS[machine]:
        tests = [(EQUAL, len(commands) - i, 0, command) for i, command in enumerate(commands)]
        lines += [(EQUAL, 0, len(commands) + 3, number), (LOAD, 0, 0, 16 + 8 * place), *tests]
        lines += [allow, refuse]
    return [*lines, allow]
