#!/usr/bin/env python3
"""The plain C runtime takes at most four times as long as ONNX Runtime: U-Net-256, one picture, two threads, by turns."""
import os
import statistics
import sys
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "2"
import plain

plain.need("numpy", "onnxruntime")
if os.environ.get("GAN_SANITIZE"):
    print("times of a sanitized build mean nothing")
    sys.exit(77)
import numpy as np
import onnxruntime

TURNS, MOST = 9, 4
CONFIG = """[data]
train = drawn
val = drawn
size = 256
[generator]
model = unet
filters = 64
levels = 8
[train]
recipe = regression
batch = 1
epochs = 1
decay_epochs = 0
[checkpoint]
samples = 0
"""


def make_model():
    with open("model.ini", "w") as file:
        file.write(CONFIG)
    plain.gan("scenes", "drawn", "--count", "2", "--size", "256")
    plain.gan("train", "model.ini", "--out", "run", "--steps", "1", "--quiet")
    plain.gan("export", "run/latest.safetensors", "-o", "model.onnx")


def milliseconds(run):
    start = time.perf_counter()
    run()
    return 1e3 * (time.perf_counter() - start)


def main():
    make_model()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession("model.onnx", options, providers=["CPUExecutionProvider"])
    x = np.random.default_rng(0).uniform(-1, 1, (1, 1, 256, 256)).astype(np.float32)
    runners = {"ONNX Runtime": lambda: session.run(None, {"x": x})}
    for flags in ((), ("-march=native",)):
        model = plain.Model(plain.library(os.getcwd(), *flags), "model.onnx")
        runners[" ".join(("-O3",) + flags)] = lambda model=model: model.run(x, 2)
    turns = [{name: milliseconds(run) for name, run in runners.items()} for _ in range(TURNS)][1:]
    failures = 0
    for name in runners:
        ratio = statistics.median(t[name] / t["ONNX Runtime"] for t in turns)
        print(f"{name}: {min(t[name] for t in turns):.0f} ms at best, {ratio:.2f} of ONNX Runtime's time")
        failures += ratio > MOST
    return 1 if failures else 0


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    status = main()
    os.chdir("/")
sys.exit(status)
