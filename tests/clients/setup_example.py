#!/usr/bin/env python3
"""What somebody who wants colour in a program of theirs begins with, and what they would like to get: GAN_EXAMPLE.

A generator trained for seconds, as checkpoint.safetensors, lab.onnx and rgb.onnx; gray.png and gray.pgm, whose sides are no
multiples of anything; and what gan colorize makes of it: coloured.png, and as_it_is.png where the network sees every pixel.
"""
import os
import shutil
import subprocess
import sys

import environment

environment.need("numpy", "PIL")
from PIL import Image

GAN = os.environ["GAN"]
FOLDER = os.environ["GAN_EXAMPLE"]
STEPS = 60 if os.environ.get("GAN_SANITIZE") else 150
CONFIG = f"""
[run]
threads = 2
[data]
train = scenes
size = 64
[generator]
filters = 6
levels = 6
[discriminator]
filters = 6
layers = 2
[optimizer]
lr = 1e-3
[train]
batch = 8
steps = {STEPS}
[checkpoint]
samples = 0
"""


def gan(*args):
    done = subprocess.run([GAN, *args], cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"gan {' '.join(args)}: {done.stdout}")


def train():
    gan("scenes", "scenes", "--count", "60", "--size", "72")
    with open(os.path.join(FOLDER, "example.ini"), "w") as file:
        file.write(CONFIG)
    gan("train", "example.ini", "--out", "run", "--quiet")
    os.replace(os.path.join(FOLDER, "run", "best.safetensors"), os.path.join(FOLDER, "checkpoint.safetensors"))


def export():
    for io in ("lab", "rgb"):
        gan("export", "checkpoint.safetensors", "-o", f"{io}.onnx", "--io", io)


def colour():
    gan("scenes", "pictures", "--count", "1", "--size", "330", "--seed", "5")
    scene = Image.open(os.path.join(FOLDER, "pictures", "scene_000000.png"))
    gray = scene.convert("L").crop((0, 60, 330, 281))
    for ending in ("png", "pgm"):
        gray.save(os.path.join(FOLDER, f"gray.{ending}"))
    gan("colorize", "checkpoint.safetensors", "gray.png", "-o", "coloured.png")
    gan("colorize", "checkpoint.safetensors", "gray.png", "-o", "as_it_is.png", "--scale", str(min(gray.size)))


shutil.rmtree(FOLDER, ignore_errors=True)
os.makedirs(FOLDER)
train()
export()
colour()
