#!/usr/bin/env python3
"""Exported files in the clients that people have, against gan's own output, with trained weights.

Every generator there is, with batch norm and with instance norm, in both interfaces, runs in ONNX Runtime, OpenVINO,
OpenCV DNN and (through pnnx) ncnn. What it must equal comes from the checkpoint itself, nothing folded, with the colour
conversion in double. GAN_CLIENTS names a Python that has the clients; without it, this one must.
"""
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile

PYTHON = os.environ.get("GAN_CLIENTS", sys.executable)
if os.path.abspath(PYTHON) != os.path.abspath(sys.executable):
    os.execv(PYTHON, [PYTHON, *sys.argv])

MODULES = {"numpy": "numpy", "onnx": "onnx", "onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "cv2": "OpenCV",
           "ncnn": "ncnn", "pnnx": "pnnx"}
MISSING = [name for module, name in MODULES.items() if importlib.util.find_spec(module) is None]
if "numpy" in MISSING or "onnx" in MISSING:
    print("not installed:", ", ".join(MISSING))
    sys.exit(77)

import numpy as np
import onnx

GAN = os.environ["GAN"]
RUN_GENERATOR = os.path.join(os.environ["GAN_BINARY_DIR"], "tests", "run_generator")
TOLERANCE = {"lab": 1e-5, "rgb": 5e-5}
SIZES = [(1, 64, 64), (1, 256, 256), (1, 96, 160), (2, 64, 64)]  # N, H, W
ONE_SIZE = (255, 257)
CONFIG = """
[run]
threads = 2
[data]
train = {folder}/drawn
size = 32
[generator]
model = {model}
filters = 8
levels = 5
blocks = 3
norm = {norm}
[discriminator]
filters = 8
layers = 2
[optimizer]
lr = 1e-3
[train]
batch = 8
steps = 300
[checkpoint]
samples = 0
"""

failures = 0
worst = {}  # (client, interface): the largest difference met


def fail(text):
    global failures
    failures += 1
    print("FAILED:", text)


def gan(*args):
    return subprocess.run([GAN, *args], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout


# What gan computes


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
    n, c, h, w = x.shape
    return np.pad(x, ((0, 0), (0, 0), (0, -h % multiple), (0, -w % multiple)), mode="reflect")


def run_generator(checkpoint, mode, multiple, x):
    n, _, h, w = x.shape
    padded = np.ascontiguousarray(mirror(x, multiple), np.float32)
    _, _, rows, columns = padded.shape
    done = subprocess.run([RUN_GENERATOR, checkpoint, mode, str(n), str(rows), str(columns)], check=True,
                          input=padded.tobytes(), stdout=subprocess.PIPE)
    return np.frombuffer(done.stdout, np.float32).reshape(n, 2, rows, columns)[:, :, :h, :w]


def picture(n, h, w):
    """Waves of random directions with some noise: N x 3 x H x W, sRGB."""
    rng = np.random.default_rng(n * h + w)
    y, x = np.mgrid[0:h, 0:w] / 64
    waves = [np.cos(a * x + b * y + c) for a, b, c in rng.normal(0, 4, (n * 3 * 4, 3))]
    return (0.5 + np.array(waves).reshape(n, 3, 4, h, w).mean(2) / 2 + rng.normal(0, 0.02, (n, 3, h, w))).clip(0, 1)


def question(io, checkpoint, mode, multiple, n, h, w):
    """What a client gets, and what it must answer."""
    rgb = picture(n, h, w).astype(np.float32)
    fy = luminance(rgb)
    x = (fy * 2.32 - 1.32).astype(np.float32)
    ab = run_generator(checkpoint, mode, multiple, x)
    return (x, ab) if io == "lab" else (rgb, colour(fy, ab.astype(np.float64)))


# Clients: each a class that opens a file and runs N x C x H x W floats


class OnnxRuntime:
    module = "onnxruntime"

    def __init__(self, path, _shape):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def run(self, x):
        return self.session.run(["y"], {"x": x})[0]


class OpenVino:
    module = "openvino"

    def __init__(self, path, _shape):
        import openvino
        exact = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
        core = openvino.Core()
        self.model = core.compile_model(core.read_model(path), "CPU", exact)

    def run(self, x):
        return self.model(x)[0]


class OpenCv:
    """With instance norms that scale and shift, fusion has to be off: see check_opencv_fusion."""
    module = "cv2"

    def __init__(self, path, _shape, fusion=None):
        import cv2
        self.net = cv2.dnn.readNetFromONNX(path)
        self.net.enableFusion("own_statistics" not in path if fusion is None else fusion)

    def run(self, x):
        self.net.setInput(x)
        return self.net.forward()


class Ncnn:
    """Its own format, which pnnx makes of ONNX; one picture at a time."""
    module = "ncnn"

    def __init__(self, path, shape):
        import ncnn
        pnnx = os.path.join(importlib.util.find_spec("pnnx").submodule_search_locations[0], "pnnx")
        sizes = "inputshape=[%s]" % ",".join(map(str, (1, *shape[1:])))
        subprocess.run([pnnx, os.path.basename(path), sizes, "fp16=0"], check=True, cwd=os.path.dirname(path),
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stem = path[:-len(".onnx")]
        self.ncnn, self.net = ncnn, ncnn.Net()
        for option in ("vulkan_compute", "fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage"):
            setattr(self.net.opt, "use_" + option, False)
        self.net.opt.num_threads = 1
        if self.net.load_param(stem + ".ncnn.param") or self.net.load_model(stem + ".ncnn.bin"):
            raise RuntimeError("ncnn cannot load " + stem)

    def run(self, x):
        return np.stack([self.one(np.ascontiguousarray(p)) for p in x])

    def one(self, p):
        extractor = self.net.create_extractor()
        # A copy, because ncnn wants each channel on a boundary of 16 bytes, which a NumPy array need not have.
        extractor.input(self.net.input_names()[0], self.ncnn.Mat(p).clone())
        return np.array(extractor.extract(self.net.output_names()[0])[1])


CLIENTS = [c for c in (OnnxRuntime, OpenVino, OpenCv, Ncnn) if MODULES[c.module] not in MISSING]
if "pnnx" in MISSING:
    CLIENTS = [c for c in CLIENTS if c is not Ncnn]


def compare(client, path, io, questions):
    try:
        runner = client(path, questions[0][0].shape)
        for x, right in questions:
            check(client, runner.run(x), io, x, right, path)
    except Exception as error:  # a client refuses in many ways, and the others are still of interest
        fail(f"{client.__name__}, {os.path.basename(path)}: {error}")


def check(client, got, io, x, right, path):
    what = f"{client.__name__}, {os.path.basename(path)}, {'x'.join(map(str, x.shape))}"
    if got.shape != right.shape:
        return fail(f"{what}: gives {got.shape}")
    difference = float(np.abs(got - right).max())
    worst[client.__name__, io] = max(worst.get((client.__name__, io), 0), difference)
    if not difference <= TOLERANCE[io]:
        fail(f"{what}: differs by {difference:.2g}")


def check_opencv_fusion(path, one, other_size, two):
    """OpenCV 4.6 fuses scales into an instance norm: once more for each new size, and for the first picture only."""
    import cv2
    if not cv2.__version__.startswith("4.6."):
        return print(f"OpenCV {cv2.__version__} is not the one whose defect is known")
    net = OpenCv(path, None, fusion=True)
    first, again = (float(np.abs(net.run(x) - right).max()) for x, right in (one, other_size))
    batch = np.abs(OpenCv(path, None, fusion=True).run(two[0]) - two[1]).max((1, 2, 3))
    print(f"OpenCV 4.6 with fusion: {first:.2g}, at another size {again:.2g}; of two pictures {batch[0]:.2g}, {batch[1]:.2g}")
    right, wrong = (first, batch[0]), (again, batch[1])
    if max(right) > TOLERANCE["lab"] or min(wrong) < 100 * TOLERANCE["lab"]:
        fail("OpenCV 4.6 has other defects than docs/export.md says")


def check_form(path):
    """The protobuf is what every library would write, and valid."""
    with open(path, "rb") as file:
        content = file.read()
    model = onnx.load(path)
    if model.SerializeToString() != content:
        fail(f"{path}: SerializeToString gives other bytes")
    onnx.checker.check_model(model, full_check=True)
    if model.ir_version != 7 or [o.version for o in model.opset_import] != [13]:
        fail(f"{path}: IR {model.ir_version}, opset {model.opset_import}")


def check_file(checkpoint, path, io, questions, *options):
    gan("export", checkpoint, "-o", path, "--io", io, *options)
    check_form(path)
    if "verified" not in gan("info", "--verify", path):
        fail(f"{path}: not verified")
    for client in CLIENTS:
        compare(client, path, io, questions)


def trained(folder, model, norm):
    name = f"{folder}/{model}-{norm}"
    with open(name + ".ini", "w") as file:
        file.write(CONFIG.format(folder=folder, model=model, norm=norm))
    gan("train", name + ".ini", "--out", name, "--quiet")
    return name + "/best.safetensors"


def multiple_of(checkpoint, path):
    gan("export", checkpoint, "-o", path)
    return json.loads(gan("info", "--json", path))["multiple"]


def check_network(folder, model, norm):
    checkpoint = trained(folder, model, norm)
    multiple = multiple_of(checkpoint, f"{folder}/{model}.onnx")
    for io in TOLERANCE:
        name = f"{folder}/{model}_{norm}_{io}"
        sizes = [question(io, checkpoint, "running", multiple, *size) for size in SIZES]
        check_file(checkpoint, name + ".onnx", io, sizes)
        one = [question(io, checkpoint, "running", multiple, n, *ONE_SIZE) for n in (1, 2)]
        check_file(checkpoint, name + "_one_size.onnx", io, one, "--size", "%dx%d" % ONE_SIZE)
    if norm == "batch":
        path = f"{folder}/{model}_own_statistics.onnx"
        own = [question("lab", checkpoint, "instance", multiple, *size) for size in SIZES]
        check_file(checkpoint, path, "lab", own, "--norm", "instance")
        if OpenCv in CLIENTS:
            check_opencv_fusion(path, own[0], own[1], own[3])


def generators(folder):
    """The names in the table, which the message about a wrong one lists."""
    with open(f"{folder}/none.ini", "w") as file:
        file.write(CONFIG.format(folder=folder, model="none", norm="batch"))
    done = subprocess.run([GAN, "train", f"{folder}/none.ini", "--out", f"{folder}/none"], stderr=subprocess.PIPE, text=True)
    return re.search(r"there are: (.*)", done.stderr).group(1).strip().split(", ")


def main():
    with tempfile.TemporaryDirectory() as folder:
        gan("scenes", f"{folder}/drawn", "--count", "200", "--size", "40")
        for model in generators(folder):
            for norm in ("batch", "instance"):
                check_network(folder, model, norm)
    for (client, io), difference in sorted(worst.items()):
        print(f"{client:12} {io}: {difference:.2g} at most")
    if failures:
        print(failures, "failed")
        sys.exit(1)
    if MISSING:
        print("the others pass, but not installed:", ", ".join(MISSING))
        sys.exit(77)
    print("all as expected")


main()
