#!/usr/bin/env python3
"""gan plan tells what a run will take: within 5 % of the peak of a process that trains, validates, saves and resumes,
whichever run.memory is; and low takes less for the same results."""

import os
import re
import subprocess
import sys
import tempfile

GAN = os.environ["GAN"]
CLOSE = 0.05
CONFIG = """[data]
train = pictures
size = {size}
load_size = {size}
[generator]
filters = {filters}
levels = {levels}
[discriminator]
filters = {filters}
[train]
batch = {batch}
"""
# with layers whose pictures are too large for the kernels that need no second copy of their weights
SIZES = [dict(size=32, batch=64, filters=48, levels=3), dict(size=64, batch=16, filters=48, levels=3)]


def run(*args):
    return subprocess.run([GAN, *args], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout


def predicted(memory):
    return float(re.search(r"^  peak +([0-9.]+) MiB", run("plan", "run.ini", "--set", "run.memory=" + memory), re.M)[1])


def peak(*args):
    """MiB that a process had resident at its peak: that of this one, from which it starts, is below."""
    child = subprocess.Popen([GAN, "train", "run.ini", "--quiet", *args])
    _, status, used = os.wait4(child.pid, 0)
    if status:
        sys.exit("gan train %s: status %d" % (" ".join(args), status))
    return used.ru_maxrss / 1024


def train(memory):
    args = ["--out", memory, "--set", "run.memory=" + memory]
    return {"a new run": peak(*args, "--steps", "3"), "a resumed run": peak(*args, "--steps", "4", "--resume")}


def losses(folder):
    """All columns of the log but the two of time."""
    with open(os.path.join(folder, "log.csv")) as log:
        return [line.split(",")[:-2] for line in log]


def compare(size):
    wrong, peaks = 0, {}
    with open("run.ini", "w") as ini:
        ini.write(CONFIG.format(**size))
    for memory in "fast", "low":
        expected, peaks[memory] = predicted(memory), train(memory)
        for what, got in peaks[memory].items():
            print("%s, memory = %s, %s: %.1f MiB predicted, %.1f taken" % (size, memory, what, expected, got))
            wrong += abs(expected / got - 1) > CLOSE
    if losses("fast") != losses("low") or len(losses("low")) != 5:
        print("the losses differ")
        wrong += 1
    if peaks["low"]["a new run"] > 0.95 * peaks["fast"]["a new run"]:
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
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            run("scenes", "pictures", "--count", "20", "--size", "64")
            wrong += compare(size)
            os.chdir("/")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
