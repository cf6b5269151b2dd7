#!/usr/bin/env python3
"""The memory of training runs: what `gan plan` foretells and what processes have resident at their peak, which train some
steps, validate, save, and resume.

    scripts/memory.py [--gan build/gan] [SIZE/BATCH/FILTERS/LEVELS ...]

Prints a table in Markdown, a row for each configuration of the U-Net with its discriminator and each `[run] memory`.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

CONFIG = """[data]
train = {pictures}
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
MODES = "fast", "low"


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout


def peak(*command):
    """MiB that a process had resident at its peak: that of this one, from which it starts, is below."""
    child = subprocess.Popen(command)
    _, status, used = os.wait4(child.pid, 0)
    if status:
        sys.exit("%s: status %d" % (" ".join(command), status))
    return used.ru_maxrss / 1024


def measure(gan, configuration, folder):
    """configuration: size, batch, filters, levels. Returns {mode: (foretold, a new run, a resumed run)} in MiB; the runs stay
    in folder, under their modes."""
    size, batch, filters, levels = configuration
    ini, found = os.path.join(folder, "run.ini"), {}
    pictures = os.path.join(folder, "pictures")
    with open(ini, "w") as file:
        file.write(CONFIG.format(pictures=pictures, size=size, batch=batch, filters=filters, levels=levels))
    run(gan, "scenes", pictures, "--count", str(max(20, 2 * batch)), "--size", str(size))
    for mode in MODES:
        options = ["--set", "run.memory=" + mode]
        plan = run(gan, "plan", ini, *options)
        train = [gan, "train", ini, "--quiet", "--out", os.path.join(folder, mode), *options]
        found[mode] = (float(re.search(r"^  peak +([0-9.]+) MiB", plan, re.M)[1]), peak(*train, "--steps", "3"),
                       peak(*train, "--steps", "4", "--resume"))
    return found


def main():
    parser = argparse.ArgumentParser(description="The memory of training runs: foretold and taken.")
    parser.add_argument("--gan", default="build/gan")
    parser.add_argument("configurations", nargs="*", metavar="SIZE/BATCH/FILTERS/LEVELS",
                        default=["64/16/32/6", "128/8/32/7", "256/1/64/8", "256/4/64/8"])
    args = parser.parse_args()
    print("| size / batch / filters / levels | memory | foretold, MiB | a new run | a resumed run |")
    print("|---|---|--:|--:|--:|")
    for configuration in args.configurations:
        if not re.fullmatch(r"\d+(/\d+){3}", configuration):
            parser.error("'%s' is not SIZE/BATCH/FILTERS/LEVELS" % configuration)
        with tempfile.TemporaryDirectory() as folder:
            found = measure(os.path.abspath(args.gan), [int(n) for n in configuration.split("/")], folder)
        for mode in MODES:
            print("| %s | %s | %.0f | %.0f | %.0f |" % (configuration, mode, *found[mode]), flush=True)


if __name__ == "__main__":
    main()
