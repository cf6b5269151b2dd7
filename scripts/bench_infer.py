#!/usr/bin/env python3
"""Times libgan's inference beside ONNX Runtime's on the same exported file: one after the other, by turns.

    scripts/bench_infer.py --library build/libgan.so MODEL.onnx [--batch 1 8] [--size 256] [--threads 2] [--runs 10]

Prints medians in milliseconds, their ratio, and the largest difference between the two results. Without ONNX Runtime
(pip install onnxruntime) libgan is timed alone. A model of the size of pix2pix: train configs/pix2pix256.ini for one
step, and export it; the values of the weights do not matter to speed.
"""
import argparse
import ctypes
import os
import statistics
import sys
import time


def arguments():
    parser = argparse.ArgumentParser(description="Times libgan's inference beside ONNX Runtime's.")
    parser.add_argument("model", help=".onnx of gan export, --io lab")
    parser.add_argument("--library", default="build/libgan.so")
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--size", type=int, default=256, help="side of the pictures")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=10)
    return parser.parse_args()


class Gan:
    """A network opened by libgan."""

    def __init__(self, library, model):
        self.lib = ctypes.CDLL(os.path.abspath(library))
        self.lib.gan_inference_open.restype = ctypes.c_void_p
        self.lib.gan_error_message.restype = ctypes.c_char_p
        self.handle = ctypes.c_void_p(self.lib.gan_inference_open(os.fsencode(model)))
        self.check(self.handle.value is None)

    def check(self, failed):
        if failed:
            sys.exit(self.lib.gan_error_message().decode())

    def run(self, x):
        y = np.empty((x.shape[0], 2, *x.shape[2:]), np.float32)
        data = [a.ctypes.data_as(ctypes.c_void_p) for a in (x, y)]
        self.check(self.lib.gan_inference_run(self.handle, x.shape[0], x.shape[2], x.shape[3], *data))
        return y


class OnnxRuntime:
    """The same opened by ONNX Runtime, with its defaults but for the number of threads."""

    def __init__(self, model, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.name = self.session.get_inputs()[0].name

    def run(self, x):
        return self.session.run(None, {self.name: x})[0]


def timed(run, x):
    time.sleep(0.05)  # the other's threads stop waiting for work
    begin = time.perf_counter()
    run(x)
    return 1e3 * (time.perf_counter() - begin)


def compare(clients, x, runs):
    """Median milliseconds of each client, run by turns after two turns that warm up."""
    times = [[timed(c.run, x) for c in clients] for _ in range(runs + 2)][2:]
    return [statistics.median(t) for t in zip(*times)]


def main(args):
    clients = [Gan(args.library, args.model)]
    if onnxruntime:
        clients.append(OnnxRuntime(args.model, args.threads))
    print(f"{'batch':>5} {'libgan':>10} {'ONNX Runtime':>14} {'ratio':>7} {'difference':>11}")
    for batch in args.batch:
        x = np.random.default_rng(1).uniform(-1, 1, (batch, 1, args.size, args.size)).astype(np.float32)
        ms = compare(clients, x, args.runs)
        if len(clients) == 1:
            print(f"{batch:5} {ms[0]:7.1f} ms {'-':>14} {'-':>7} {'-':>11}")
            continue
        difference = np.abs(clients[0].run(x) - clients[1].run(x)).max()
        print(f"{batch:5} {ms[0]:7.1f} ms {ms[1]:11.1f} ms {ms[0] / ms[1]:7.2f} {difference:11.1e}")


if __name__ == "__main__":
    args = arguments()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)  # read when libgan is loaded
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")  # as the program gan sets it
    import numpy as np

    try:
        import onnxruntime
    except ImportError:
        onnxruntime = None
    main(args)
