#!/usr/bin/env python3
"""The blocks of docs/clients.md, as they stand there, colour a picture nearly as gan colorize does.

A block whose first line is a comment with a name is that file; of the blocks of commands, those under a client's heading
are its own, and are run but for the installing, which scripts/clients.sh has done. The model and the pictures: GAN_EXAMPLE.
"""
import contextlib
import os
import re
import shlex
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
PAGE = os.path.join(os.environ["GAN_SOURCE_DIR"], "docs", "clients.md")
MEAN, MOST = 2, 32  # levels of 255: the page says the first, and "some" next to edges
INSTALLS = ("pip install ", "npm install ")

# Under each heading: what it needs of Python and of npm.
CLIENTS = {
    "ONNX Runtime": (["onnxruntime"], []),
    "OpenVINO": (["openvino"], []),
    "OpenCV": (["cv2"], []),
    "ncnn": (["ncnn", "pnnx"], []),
    "Node": ([], ["onnxruntime-node", "sharp"]),
    "Browser": ([], ["onnxruntime-web", "playwright-core"]),
}

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
        named = re.match(r"(?:#|//|<!--) (\w+\.\w+)\b", block)
        if named:
            with open(named[1], "w") as file:
                file.write(block)


def commands(blocks):
    lines = [line for language, block in blocks if language == "sh" for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith(INSTALLS)]


def run(line):
    """python3 and pnnx are the clients' own."""
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    done = subprocess.run(shlex.split(line), env={**os.environ, "PATH": path}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
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


def check_picture(client):
    right, got = (np.asarray(Image.open(path).convert("RGB")).astype(int)
                  for path in (f"{EXAMPLE}/coloured.png", "coloured.png"))
    difference = np.abs(got - right) if got.shape == right.shape else np.array([255])
    print(f"{client}: differs from gan by {difference.mean():.2f} levels on average, {difference.max()} at most")
    check(client, difference.mean() <= MEAN and difference.max() <= MOST)


def check_client(client, blocks):
    modules, packages = CLIENTS[client]
    missing = environment.missing_modules(modules) + (environment.missing_packages(packages) if packages else [])
    if client == "Browser" and not environment.browser():
        missing.append("Chromium")
    if missing:
        return skipped.extend(missing)
    write_files(blocks)
    for line in commands(blocks):
        (run_browser if client == "Browser" else run)(line)
    check_picture(client)
    os.remove("coloured.png")


def main():
    with open(PAGE) as file:
        found = sections(file.read())
    check("every section with programs is tested", set(found) == {*CLIENTS, "Python"})
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.symlink(f"{EXAMPLE}/rgb.onnx", "colour.onnx")
        os.symlink(f"{EXAMPLE}/gray.png", "gray.png")
        os.symlink(environment.NODE_MODULES, "node_modules")
        write_files(found["Python"])
        for client in CLIENTS:
            check_client(client, found[client])
        os.chdir("/")
    gray, right = (np.asarray(Image.open(f"{EXAMPLE}/{name}.png").convert("RGB")).astype(int) for name in ("gray", "coloured"))
    check("gray is no answer", np.abs(gray - right).mean() > 2 * MEAN)
    if failures:
        sys.exit(1)
    environment.skip_without(skipped)


main()
