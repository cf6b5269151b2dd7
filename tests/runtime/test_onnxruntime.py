#!/usr/bin/env python3
"""The plain C runtime and ONNX Runtime make the same of what gan has trained and exported."""
import os
import sys
import tempfile

import plain

plain.need("numpy", "onnxruntime")
import numpy as np
import onnxruntime

SIZES = [(1, 64, 64), (1, 256, 256), (2, 96, 160)]
WAYS = {  # options of gan export: interface, sizes
    "": ("lab", SIZES),
    "--norm instance": ("lab", SIZES),
    "--fp16": ("lab", SIZES),
    "--io rgb": ("rgb", SIZES),
    "--size 255x257": ("lab", [(1, 255, 257)]),
    "--size 255x257 --io rgb": ("rgb", [(1, 255, 257)]),
}
TOLERANCE = {"lab": 1e-5, "rgb": 5e-5}
CHANNELS = {"lab": (1, 2), "rgb": (3, 3)}
CONFIG = """[data]
train = drawn
val = drawn
size = 32
[generator]
model = {model}
filters = 8
levels = 4
blocks = 2
[train]
recipe = regression
batch = 2
epochs = 12
decay_epochs = 0
[checkpoint]
samples = 0
"""


def difference(library, file, io, sizes):
    reference = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    model = plain.Model(library, file)
    random = np.random.default_rng(1)
    worst = 0
    for n, h, w in sizes:
        low = -1 if io == "lab" else 0
        x = (low + (1 - low) * random.random((n, CHANNELS[io][0], h, w))).astype(np.float32)
        expected = reference.run(None, {"x": x})[0]
        if np.ptp(expected) < 1e-3:
            print(f"{file}: nothing to see")
            return float("inf")
        worst = max(worst, float(np.abs(model.run(x, CHANNELS[io][1]) - expected).max()))
    model.close()
    return worst


def main():
    failures = 0
    library = plain.library(os.getcwd())
    plain.gan("scenes", "drawn", "--count", "8", "--size", "64")
    for name in ("unet", "resnet"):
        with open("model.ini", "w") as file:
            file.write(CONFIG.format(model=name))
        plain.gan("train", "model.ini", "--out", name, "--quiet")
        for options, (io, sizes) in WAYS.items():
            plain.gan("export", f"{name}/latest.safetensors", "-o", "model.onnx", *options.split())
            d = difference(library, "model.onnx", io, sizes)
            bad = not d <= TOLERANCE[io]
            failures += bad
            print("FAILED:" if bad else "passed:", name, options, f"differs by {d:.2g} at most")
    return 1 if failures else 0


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    status = main()
    os.chdir("/")
sys.exit(status)
