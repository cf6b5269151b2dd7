#!/usr/bin/env python3
"""The page of examples/web in headless Chromium: what it makes of a dropped picture is what gan colorize makes, and what
cannot be done it says. The model and the pictures: GAN_EXAMPLE. What is seen of the page stays in tests/page."""
import contextlib
import os
import re
import shutil
import subprocess
import sys

import environment

environment.need("numpy", "PIL")
environment.need_browser("onnxruntime-web")
import numpy as np
from PIL import Image

EXAMPLE = os.environ["GAN_EXAMPLE"]
WEB = os.path.join(os.environ["GAN_SOURCE_DIR"], "examples", "web")
SEEN = os.path.join(os.environ["GAN_BINARY_DIR"], "tests", "page")
RUNTIME = os.path.join(environment.NODE_MODULES, "onnxruntime-web", "dist")
MOST, MEAN = 2, 0.01  # levels of 255: the largest difference from gan, and the mean one

failures = 0


def check(what, fine):
    global failures
    failures += not fine
    print("ok" if fine else "FAILED:", what)


def rgb(path):
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


@contextlib.contextmanager
def serve(model):
    """The address of the page with that model."""
    command = [sys.executable, os.path.join(WEB, "serve.py"), model, "--port", "0", "--runtime", RUNTIME]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def check_colours(answer, n):
    """The canvas and the download are what gan colorize makes."""
    right, downloaded = rgb(f"{EXAMPLE}/coloured.png"), rgb(f"{SEEN}/{n}.png")
    size = answer["pixels"]["height"], answer["pixels"]["width"], 4
    shown = np.fromfile(f"{SEEN}/{n}.rgba", np.uint8).reshape(size)
    check(f"{n}: the download is what is shown", np.array_equal(shown[:, :, :3], downloaded) and shown[:, :, 3].min() == 255)
    check(f"{n}: it has the picture's size", downloaded.shape == right.shape)
    difference = np.abs(downloaded - right)
    print(f"differs from gan by {difference.max()} levels at most, {difference.mean():.4f} on average")
    check(f"{n}: it is what gan makes", difference.max() <= MOST and difference.mean() <= MEAN)
    check(f"{n}: gan has coloured", np.ptp(right, axis=2).mean() > 5)
    check(f"{n}: its name", answer["download"] == "gray-coloured.png")
    times = re.findall(r"(read|reduce|network|join) \d+ ms", answer["status"])
    check(f"{n}: it says what took how long", len(times) == 4 and "330 × 221" in answer["status"])


def make_bad_files():
    """No picture, a model of one size only, and one that will not be there any more."""
    with open(f"{SEEN}/text.png", "w") as file:
        file.write("no picture")
    subprocess.run([os.environ["GAN"], "export", f"{EXAMPLE}/checkpoint.safetensors", "-o", f"{SEEN}/fixed.onnx", "--size",
                    "70x90"], check=True, stdout=subprocess.DEVNULL)
    open(f"{SEEN}/gone.onnx", "w").close()


def check_page():
    models = [f"{EXAMPLE}/lab.onnx", f"{EXAMPLE}/rgb.onnx", f"{SEEN}/fixed.onnx", f"{EXAMPLE}/gray.png", f"{SEEN}/gone.onnx"]
    make_bad_files()
    with contextlib.ExitStack() as servers:
        url, *refused = [servers.enter_context(serve(m)) for m in models]
        os.remove(f"{SEEN}/gone.onnx")
        ready, coloured, text, again, *models = environment.browse(
            "drop", SEEN, url, f"{EXAMPLE}/gray.png", f"{SEEN}/text.png", f"{EXAMPLE}/gray.png", *refused)
    check("it is ready", "64 pixels" in ready["status"])
    check_colours(coloured, 2)
    check("no picture is refused by name", "“text.png” is no picture" in text["status"])
    check_colours(again, 4)
    for answer, words in zip(models, ("--io lab", "without --size", "no ONNX file that gan exported", "no model here")):
        check(f"a model is refused: {words}", words in answer["status"])
    check("nothing else is wrong", not any(a["errors"] for a in (ready, coloured, text, again, *models)))


def check_server():
    """Before it serves, it looks whether there is something to serve."""
    def start(*args):
        done = subprocess.run([sys.executable, os.path.join(WEB, "serve.py"), *args], stderr=subprocess.PIPE, text=True)
        return done.returncode == 1 and done.stderr
    check("no model", "There is no model" in start("no-such.onnx"))
    check("no runtime", "run `npm install`" in start(f"{EXAMPLE}/lab.onnx", "--runtime", "no-such-folder"))


shutil.rmtree(SEEN, ignore_errors=True)
os.makedirs(SEEN)
check_server()
check_page()
sys.exit(failures > 0)
