#!/usr/bin/env python3
"""The blocks of docs/clients.md, as they stand there, colour a picture nearly as gan colorize does.

A block whose first line is a comment with a name is that file; of the blocks of commands, those under a client's heading
are its own, and are run but for the installing, which scripts/clients.sh has done. The model and the pictures: GAN_EXAMPLE.
"""
import contextlib
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import environment

environment.need("numpy", "PIL")
import numpy as np
from PIL import Image

EXAMPLE = os.environ["GAN_EXAMPLE"]
SOURCES = os.environ["GAN_SOURCE_DIR"]
PAGE = os.path.join(SOURCES, "docs", "clients.md")
MEAN, MOST = 2, 32  # levels of 255: the page says the first, and "some" next to edges
INSTALLS = ("pip install ", "npm install ")

# Under each heading: what it needs, by kind, and what it should make.
CLIENTS = {
    "ONNX Runtime": {"modules": ["onnxruntime"]},
    "OpenVINO": {"modules": ["openvino"]},
    "OpenCV": {"modules": ["cv2"]},
    "ncnn": {"modules": ["ncnn", "pnnx"]},
    "Node": {"packages": ["onnxruntime-node", "sharp"]},
    "Browser": {"packages": ["onnxruntime-web", "playwright-core"], "browser": True},
    "libgan": {"programs": ["cc", "pkg-config", "cmake"], "library": True},
    "One file": {"programs": ["cc"], "right": "as_it_is.png"},
}
HEADINGS_ONLY = {"Python", "C"}

failures = 0
skipped = []


def check(what, fine):
    global failures
    failures += not fine
    print("ok" if fine else "FAILED:", what)


def sections(text):
    """heading: [(language, block)]"""
    parts = re.split(r"^##+ (.*)$", text, flags=re.M)
    return {heading: re.findall(r"^```(\w+)\n(.*?)^```$", body, re.M | re.S) for heading, body in zip(parts[1::2], parts[2::2])}


def write_files(blocks):
    for _, block in blocks:
        named = re.match(r"(?:#|//|/\*|<!--) (\w+\.\w+)\b", block)
        if named:
            with open(named[1], "w") as file:
                file.write(block)


def commands(blocks):
    lines = [line for language, block in blocks if language == "sh" for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith(INSTALLS)]


def install_library():
    """Where pkg-config and the loader find libgan."""
    prefix = os.path.abspath("prefix")
    subprocess.run(["cmake", "--install", os.environ["GAN_BINARY_DIR"], "--prefix", prefix], check=True,
                   stdout=subprocess.DEVNULL)
    found = [where for where, _, files in os.walk(prefix) if "gan.pc" in files]
    os.environ["PKG_CONFIG_PATH"] = found[0]
    os.environ["LD_LIBRARY_PATH"] = os.path.dirname(found[0])


def run(line):
    done = subprocess.run(["sh", "-c", line], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    check(line, done.returncode == 0)
    if done.returncode:
        print(done.stdout)


@contextlib.contextmanager
def serving(line):
    """A command that serves at port 8000, at one that is free."""
    with socket.create_server(("", 0)) as free:
        port = free.getsockname()[1]
    command = shlex.split(line.replace("8000", str(port)))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(100):
                with contextlib.suppress(OSError), socket.create_connection(("localhost", port)):
                    break
                time.sleep(0.1)
            yield f"http://localhost:{port}"
        finally:
            server.terminate()


def run_browser(line):
    with serving(line) as address:
        _, answer = environment.browse("choose", ".", f"{address}/colour.html", os.path.abspath("gray.png"))
    check("the page", answer["errors"] == [])
    os.replace("2.png", "coloured.png")


def pixels(path):
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def check_picture(client, right):
    path = next(filter(os.path.exists, ("coloured.png", "coloured.ppm")), None)
    if not path:
        return check(f"{client} makes a picture", False)
    got, right = pixels(path), pixels(os.path.join(EXAMPLE, right))
    os.remove(path)
    difference = np.abs(got - right) if got.shape == right.shape else np.array([255])
    print(f"{client}: differs from gan by {difference.mean():.2f} levels on average, {difference.max()} at most")
    check(client, difference.mean() <= MEAN and difference.max() <= MOST)


def missing_of(needs):
    missing = environment.missing_modules(needs.get("modules", []))
    missing += environment.missing_packages(needs["packages"]) if "packages" in needs else []
    missing += [p for p in needs.get("programs", []) if not shutil.which(p)]
    return missing + (["Chromium"] if "browser" in needs and not environment.browser() else [])


def check_client(client, needs, blocks):
    missing = missing_of(needs)
    if missing:
        return skipped.extend(missing)
    if "library" in needs:
        if os.environ.get("GAN_SANITIZE"):
            return print(f"{client}: with sanitizers it is of no use to a program without")
        install_library()
    write_files(blocks)
    for line in commands(blocks):
        (run_browser if "browser" in needs else run)(line)
    check_picture(client, needs.get("right", "coloured.png"))


def main():
    with open(PAGE) as file:
        found = sections(file.read())
    check("every section with programs is tested", set(found) == {*CLIENTS, *HEADINGS_ONLY})
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])  # python3, pnnx
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        links = {"colour.onnx": f"{EXAMPLE}/rgb.onnx", "gray.png": f"{EXAMPLE}/gray.png", "gray.pgm": f"{EXAMPLE}/gray.pgm",
                 "node_modules": environment.NODE_MODULES, "runtime": os.path.join(SOURCES, "runtime")}
        for name, target in links.items():
            os.symlink(target, name)
        write_files(found["Python"])
        for client, needs in CLIENTS.items():
            check_client(client, needs, found[client])
        os.chdir("/")
    check("gray is no answer", np.abs(pixels(f"{EXAMPLE}/gray.png") - pixels(f"{EXAMPLE}/coloured.png")).mean() > 2 * MEAN)
    if failures:
        sys.exit(1)
    environment.skip_without(skipped)


main()
