#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run a command: cost.py CPU_SECONDS COMMAND... The kernel ends it when it has used as much of a CPU.

Prints "EXIT MILLISECONDS MEBIBYTES": its exit code or minus its signal, the CPU it used, its peak of memory. What it
said stays on standard error.
"""
import os
import resource
import subprocess
import sys

os.environ.pop("MALLOC_PERTURB_", None)  # of meson: it touches all that is allocated
seconds = int(sys.argv[1])
done = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                      preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds)))
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(done.returncode, int((used.ru_utime + used.ru_stime) * 1000), used.ru_maxrss // 1024)
