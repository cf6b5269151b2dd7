"""Where the clients of exported files are: what scripts/clients.sh has installed, or whatever this Python has."""
import importlib.util
import json
import os
import shutil
import subprocess
import sys

NAMES = {"numpy": "NumPy", "onnx": "onnx", "onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "cv2": "OpenCV",
         "ncnn": "ncnn", "pnnx": "pnnx", "PIL": "Pillow", "torch": "PyTorch"}
CLIENTS = os.environ.get("GAN_CLIENTS", "")
NODE_MODULES = os.path.join(CLIENTS, "node", "node_modules")
BROWSERS = ["chromium", "chromium-browser", "google-chrome"]


def skip_without(missing):
    if missing:
        print(f"not installed: {', '.join(missing)} (scripts/clients.sh installs it)")
        sys.exit(77)


def missing_modules(modules):
    return [NAMES[m] for m in modules if importlib.util.find_spec(m) is None]


def missing_packages(packages):
    """Of npm; without node there is none."""
    if not shutil.which("node"):
        return ["node"]
    return [p for p in packages if not os.path.isdir(os.path.join(NODE_MODULES, p))]


def browser():
    """The path of a Chromium; None: there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def need(*modules):
    """Goes on in the clients' own Python; ends the test as skipped where a module is missing."""
    prefix = os.path.join(CLIENTS, "python")
    python = os.path.join(prefix, "bin", "python")
    if os.path.exists(python) and os.path.realpath(sys.prefix) != os.path.realpath(prefix):
        os.execv(python, [python, *sys.argv])
    skip_without(missing_modules(modules))


def need_browser(*packages):
    """Ends the test as skipped without a Chromium, Node and these packages of npm."""
    skip_without(missing_packages(["playwright-core", *packages]) + ([] if browser() else ["Chromium"]))


def browse(how, folder, *steps):
    """What browser.mjs tells of each step."""
    driver = os.path.join(os.path.dirname(os.path.abspath(__file__)), "browser.mjs")
    done = subprocess.run(["node", driver, browser(), how, folder, *steps], check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
