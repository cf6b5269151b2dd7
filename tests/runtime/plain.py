"""The plain C runtime as Python sees it, next to ONNX Runtime; what tests of both share.
    model = plain.Model(plain.library(folder), "model.onnx")
    y = model.run(x)                     N x C x H x W floats
"""
import ctypes
import importlib.util
import os
import subprocess
import sys

SOURCE = os.environ["GAN_SOURCE_DIR"]
ERROR_BYTES = 256


def need(*modules):
    """Goes on in the Python of GAN_CLIENTS, if there is one; ends the test as skipped where a module is missing."""
    prefix = os.path.join(os.environ.get("GAN_CLIENTS", ""), "python")
    python = os.path.join(prefix, "bin", "python")
    if os.path.exists(python) and os.path.realpath(sys.prefix) != os.path.realpath(prefix):
        os.execv(python, [python, *sys.argv])
    missing = [m for m in modules if importlib.util.find_spec(m) is None]
    if missing:
        print("not installed:", ", ".join(missing))
        sys.exit(77)


def library(folder, *flags):
    """Compiles the runtime, with OpenMP; returns the path."""
    path = os.path.join(folder, "gan_infer" + "".join(flags) + ".so")
    source = os.path.join(SOURCE, "runtime", "gan_infer.c")
    subprocess.run(["cc", "-std=c99", "-O3", *flags, "-fopenmp", "-shared", "-fPIC", source, "-lm", "-o", path], check=True)
    return path


def gan(*arguments):
    subprocess.run([os.environ["GAN"], *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Model:
    def __init__(self, library, path):
        self.c = ctypes.CDLL(library)
        self.c.gan_infer_open.restype = ctypes.c_void_p
        self.c.gan_infer_error.restype = ctypes.c_char_p
        why = ctypes.create_string_buffer(ERROR_BYTES)
        self.handle = ctypes.c_void_p(self.c.gan_infer_open(path.encode(), why, ctypes.c_size_t(ERROR_BYTES)))
        if not self.handle:
            raise RuntimeError(why.value.decode())

    def run(self, x, channels):
        import numpy as np
        x = np.ascontiguousarray(x, np.float32)
        n, _, h, w = x.shape
        y = np.empty((n, channels, h, w), np.float32)
        if self.c.gan_infer_run(self.handle, n, h, w, x.ctypes.data_as(ctypes.c_void_p), y.ctypes.data_as(ctypes.c_void_p)):
            raise RuntimeError(self.c.gan_infer_error(self.handle).decode())
        return y

    def close(self):
        self.c.gan_infer_close(self.handle)
