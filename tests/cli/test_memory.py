#!/usr/bin/env python3
"""gan plan tells what a run will take: within 5 % of the peak of a process that trains, validates, saves and resumes,
whichever run.memory is; and low takes less for the same results."""

import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ["GAN_SOURCE_DIR"], "scripts"))
sys.dont_write_bytecode = True
import memory  # noqa: E402

CLOSE = 0.05
# with layers whose pictures are too large for the kernels that need no second copy of their weights
CONFIGURATIONS = (32, 64, 48, 3), (64, 16, 48, 3)


def losses(folder):
    """All columns of the log but the two of time."""
    with open(os.path.join(folder, "log.csv")) as log:
        return [line.split(",")[:-2] for line in log]


def compare(configuration, folder):
    wrong, found = 0, memory.measure(os.environ["GAN"], configuration, folder)
    for mode, (foretold, *taken) in found.items():
        print("%s, memory = %s: %.1f MiB foretold, %.1f and, resumed, %.1f taken" % (configuration, mode, foretold, *taken))
        wrong += sum(abs(foretold / t - 1) > CLOSE for t in taken)
    fast, low = losses(os.path.join(folder, "fast")), losses(os.path.join(folder, "low"))
    if fast != low or len(low) != 5:
        print("the losses differ")
        wrong += 1
    if found["low"][1] > 0.95 * found["fast"][1]:
        print("low takes as much as fast")
        wrong += 1
    return wrong


def main():
    wrong = 0
    if os.environ.get("GAN_SANITIZE"):
        print("a sanitizer has its own ideas of memory")
        return 77
    if not os.path.exists("/proc/self/status"):
        print("the system does not tell what is resident")
        return 77
    for configuration in CONFIGURATIONS:
        with tempfile.TemporaryDirectory() as folder:
            wrong += compare(configuration, folder)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
