#!/usr/bin/env python3
"""Exports every trained generator in every way, and writes down what clients must answer: GAN_QUESTIONS.

The answers come from the checkpoint itself, nothing folded, run by gan; the colour conversion is in double. questions.json
is a list of files: {"file", "io", "own": batch norm exported as instance norm, "questions": [{"x", "y"}]}, where x and y
are {"file", "shape"}, float32 of this machine.
"""
import json
import os
import subprocess

import environment

environment.need("numpy")
import numpy as np

GAN = os.environ["GAN"]
RUN_GENERATOR = os.path.join(os.environ["GAN_BINARY_DIR"], "tests", "run_generator")
TRAINED = os.environ["GAN_TRAINED"]
FOLDER = os.environ["GAN_QUESTIONS"]
# N, H, W: first and last differ in N only. Networks of other models, with the same operators as these, are asked less.
SIZES = [(1, 64, 64), (1, 256, 256), (1, 96, 160), (2, 64, 64)]
FEW_SIZES = [(1, 64, 64), (2, 96, 160)]
ONE_SIZE = (255, 257)
ASKED_ALL = ["unet-batch", "unet-instance", "resnet-batch", "resnet-instance"]


def gan(*args):
    return subprocess.run([GAN, *args], check=True, stdout=subprocess.PIPE, text=True).stdout


def decode(v):
    return np.where(v <= 0.04045, v / 12.92, ((np.maximum(v, 0.04045) + 0.055) / 1.055) ** 2.4)


def encode(v):
    return np.where(v <= 0.0031308, v * 12.92, 1.055 * np.maximum(v, 0.0031308) ** (1 / 2.4) - 0.055)


def luminance(rgb):
    """CIE's f(Y) of N x 3 x H x W."""
    y = np.tensordot([[0.2126729, 0.7151522, 0.0721750]], decode(rgb.astype(np.float64)), (1, 1)).swapaxes(0, 1)
    return np.where(y > 216 / 24389, np.cbrt(y), y * 841 / 108 + 4 / 29)


def colour(fy, ab):
    f = np.concatenate([fy + ab[:, :1] * 110 / 500, fy, fy - ab[:, 1:] * 110 / 200], 1)
    xyz = np.where(f > 6 / 29, f**3, (f - 4 / 29) * 108 / 841) * np.array([0.95047, 1, 1.08883]).reshape(1, 3, 1, 1)
    matrix = [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
    return np.clip(encode(np.tensordot(matrix, xyz, (1, 1)).swapaxes(0, 1)), 0, 1)


def mirror(x, multiple):
    """To multiples, at the far ends."""
    _, _, h, w = x.shape
    return np.pad(x, ((0, 0), (0, 0), (0, -h % multiple), (0, -w % multiple)), mode="reflect")


def run_generator(checkpoint, statistics, multiple, x):
    n, _, h, w = x.shape
    padded = np.ascontiguousarray(mirror(x, multiple))
    _, _, rows, columns = padded.shape
    done = subprocess.run([RUN_GENERATOR, checkpoint, statistics, str(n), str(rows), str(columns)], check=True,
                          input=padded.tobytes(), stdout=subprocess.PIPE)
    ab = np.frombuffer(done.stdout, np.float32).reshape(n, 2, rows, columns)[:, :, :h, :w]
    if not np.ptp(ab) > 0.05:
        raise SystemExit(f"{checkpoint} paints nothing: no client could be wrong")
    return ab


def picture(n, h, w):
    """Waves of random directions with some noise: N x 3 x H x W, sRGB."""
    rng = np.random.default_rng(n * h + w)
    y, x = np.mgrid[0:h, 0:w] / 64
    waves = [np.cos(a * x + b * y + c) for a, b, c in rng.normal(0, 4, (n * 3 * 4, 3))]
    rgb = 0.5 + np.array(waves).reshape(n, 3, 4, h, w).mean(2) / 2 + rng.normal(0, 0.02, (n, 3, h, w))
    return rgb.clip(0, 1).astype(np.float32)


def keep(name, values):
    np.ascontiguousarray(values, np.float32).tofile(os.path.join(FOLDER, name))
    return {"file": name, "shape": values.shape}


def questions(checkpoint, statistics, multiple, sizes):
    """By interface. What clients are given depends on the size alone."""
    name = f"{os.path.basename(checkpoint)}-{statistics}"
    asked = {"lab": [], "rgb": []}
    for n, h, w in sizes:
        rgb, size = picture(n, h, w), f"{n}x{h}x{w}"
        fy = luminance(rgb)
        x = (fy * 2.32 - 1.32).astype(np.float32)  # L / 50 - 1, with L = 116 f - 16
        ab = run_generator(checkpoint, statistics, multiple, x)
        asked["lab"].append({"x": keep(f"lab-{size}", x), "y": keep(f"{name}-lab-{size}", ab)})
        asked["rgb"].append({"x": keep(f"rgb-{size}", rgb), "y": keep(f"{name}-rgb-{size}", colour(fy, ab))})
    return asked


def export(checkpoint, file, *options):
    path = os.path.join(FOLDER, file)
    gan("export", checkpoint, "-o", path, *options)
    return path


def files_of(network):
    checkpoint = os.path.join(TRAINED, network + ".safetensors")
    half = export(checkpoint, network + "-half.onnx", "--fp16")
    multiple = json.loads(gan("info", "--json", half))["multiple"]
    thorough = network in ASKED_ALL
    any_size = questions(checkpoint, "running", multiple, SIZES if thorough else FEW_SIZES)
    one_size = questions(checkpoint, "running", multiple, [(n, *ONE_SIZE) for n in ((1, 2) if thorough else (1,))])
    yield {"file": half, "io": "lab", "half": True, "questions": []}
    for io in ("lab", "rgb"):
        file = export(checkpoint, f"{network}-{io}.onnx", "--io", io)
        yield {"file": file, "io": io, "questions": any_size[io]}
        file = export(checkpoint, f"{network}-{io}-one-size.onnx", "--io", io, "--size", "%dx%d" % ONE_SIZE)
        yield {"file": file, "io": io, "questions": one_size[io]}
    if network.endswith("-batch"):
        asked = questions(checkpoint, "instance", multiple, SIZES)
        yield {"file": export(checkpoint, network + "-own.onnx", "--norm", "instance"), "io": "lab", "own": True,
               "questions": asked["lab"]}


def main():
    os.makedirs(FOLDER, exist_ok=True)
    networks = sorted(f[: -len(".safetensors")] for f in os.listdir(TRAINED) if f.endswith(".safetensors"))
    with open(os.path.join(FOLDER, "questions.json"), "w") as out:
        json.dump([file for network in networks for file in files_of(network)], out, indent=1)
    print(f"{len(networks)} networks")


main()
