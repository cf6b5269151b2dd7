"""Puts the questions of setup_questions.py to one client."""
import json
import os
import sys

import numpy as np

TOLERANCE = {"lab": 1e-5, "rgb": 5e-5}
OF_SUMS = {"lab": 5e-5, "rgb": 1e-4}  # for clients that add up an instance norm pixel after pixel in float32
OF_CLASSES = {"lab": 3e-4, "rgb": 3e-4}  # the same behind a softmax of classes, which sharpens what it is off by

failures = 0


def fail(text):
    global failures
    failures += 1
    print("FAILED:", text)


def files():
    """What there is to ask about: see setup_questions.py, here with arrays as x and y."""
    folder = os.environ["GAN_QUESTIONS"]

    def array(a):
        return np.fromfile(os.path.join(folder, a["file"]), np.float32).reshape(a["shape"])

    with open(os.path.join(folder, "questions.json")) as file:
        listed = json.load(file)
    return [{**f, "questions": [(array(q["x"]), array(q["y"])) for q in f["questions"]]} for f in listed]


def has(file, operator):
    import onnx
    return any(node.op_type == operator for node in onnx.load(file["file"]).graph.node)


def has_sums(file):
    return has(file, "InstanceNormalization")


def sharpens_sums(file):
    return has_sums(file) and has(file, "Softmax")


def difference(got, right):
    return float(np.abs(got - right).max()) if got.shape == right.shape else float("inf")


def check(what, got, right, tolerance):
    """Returns the difference."""
    d = difference(got, right)
    if not d <= tolerance:
        fail(f"{what}: differs by {d:.2g}; {got.shape} for {right.shape}")
    return d


def ask(client, files, tolerance=None):
    """client(file) runs N x C x H x W floats: run(x). Prints the largest difference from what is right."""
    tolerance = tolerance or TOLERANCE
    worst = {}
    for file in files:
        name, io = os.path.basename(file["file"]), file["io"]
        try:
            runner = client(file)
            for x, right in file["questions"]:
                what = f"{name}, {'x'.join(map(str, x.shape))}"
                worst[io] = max(worst.get(io, 0), check(what, runner.run(x), right, tolerance[io]))
        except Exception as error:  # each client refuses in its own way, and the other files are still of interest
            fail(f"{name}: {error}")
    for io, d in worst.items():
        print(f"{io}: differs by {d:.2g} at most")


def halves(files):
    """Those with weights of 16 bits come with no questions, but the proof inside is one."""
    import onnx
    for file in files:
        if file.get("half"):
            yield {**file, "questions": [proof(onnx.load(file["file"]))]}


def proof(model):
    """The picture in a file and what gan made of it."""
    text = {p.key: p.value for p in model.metadata_props}
    h, w = map(int, text["gan.golden.window"].split("x"))
    if text["gan.golden.size"] != text["gan.golden.window"]:
        raise ValueError("the picture of the proof is only a part")
    return floats(text["gan.golden.x"], h, w), floats(text["gan.golden.y"], h, w)


def floats(text, h, w):
    import base64
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(1, -1, h, w)


def finish(version):
    print("version", version)
    if failures:
        print(failures, "failed")
        sys.exit(1)
    print("all as expected")
