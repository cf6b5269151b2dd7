"""Where the clients of exported files are: what scripts/clients.sh has installed, or whatever this Python has."""
import importlib.util
import os
import sys

NAMES = {"numpy": "NumPy", "onnx": "onnx", "onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "cv2": "OpenCV",
         "ncnn": "ncnn", "pnnx": "pnnx", "torch": "PyTorch"}


def need(*modules):
    """Goes on in the clients' own Python; ends the test as skipped where a module is missing."""
    prefix = os.path.join(os.environ.get("GAN_CLIENTS", ""), "python")
    python = os.path.join(prefix, "bin", "python")
    if os.path.exists(python) and os.path.realpath(sys.prefix) != os.path.realpath(prefix):
        os.execv(python, [python, *sys.argv])
    missing = [NAMES[m] for m in modules if importlib.util.find_spec(m) is None]
    if missing:
        print("not installed (see scripts/clients.sh):", ", ".join(missing))
        sys.exit(77)
