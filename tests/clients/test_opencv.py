#!/usr/bin/env python3
"""Exported files in OpenCV, whose 4.x have the defects that docs/export.md tells of. The questions: GAN_QUESTIONS."""
import environment

environment.need("numpy", "onnx", "cv2")
import cv2
import numpy as np
import onnx

import client

HAS_SWITCH = cv2.__version__.startswith("4.")
HAS_DEFECTS = cv2.__version__.startswith("4.6.")
SUMS = client.OF_SUMS if HAS_SWITCH and not HAS_DEFECTS else client.TOLERANCE


class OpenCv:
    """OpenCV 5 cannot run without fusion, and need not."""

    def __init__(self, file, fusion=None):
        self.net = cv2.dnn.readNetFromONNX(file["file"])
        if HAS_SWITCH:
            self.net.enableFusion(not file.get("own") if fusion is None else fusion)

    def run(self, x):
        self.net.setInput(x)
        return self.net.forward()


class OneByOne(OpenCv):
    def run(self, x):
        return np.concatenate([super(OneByOne, self).run(x[i : i + 1]) for i in range(len(x))])


def adds_vector(file):
    """To every pixel."""
    return any(node.op_type == "GlobalAveragePool" for node in onnx.load(file["file"]).graph.node)


def choose(file):
    return OneByOne(file) if HAS_DEFECTS and adds_vector(file) else OpenCv(file)


def defect(what, found):
    """That it is there in 4.6 shows that the test would see it; elsewhere it is a note."""
    print(f"{what}: {'wrong' if found else 'right'}")
    if HAS_DEFECTS and not found:
        client.fail(f"{what}: OpenCV {cv2.__version__} has no such defect")


def check_fusion(file):
    """Scales are fused into an instance norm: for the first picture of the first size only."""
    (one, right), (large, right_large), *_, (two, right_two) = file["questions"]
    net = OpenCv(file, fusion=True)
    client.check("with fusion, one picture", net.run(one), right, client.TOLERANCE["lab"])
    again = client.difference(net.run(large), right_large)
    y = OpenCv(file, fusion=True).run(two)
    client.check("with fusion, the first of two", y[:1], right_two[:1], client.TOLERANCE["lab"])
    defect("with fusion, another size", again > 100 * client.TOLERANCE["lab"])
    defect("with fusion, the second of two", client.difference(y[1:], right_two[1:]) > 100 * client.TOLERANCE["lab"])


def refuses(action):
    try:
        action()
        return False
    except cv2.error:
        return True


def check_half(file):
    defect("weights of 16 bits", refuses(lambda: OpenCv(file)))


def check_vector(file):
    """Of two pictures, each with its own."""
    *_, (two, _) = file["questions"]
    defect("a vector for every picture", refuses(lambda: OpenCv(file).run(two)))


files = client.files()
client.ask(choose, [f for f in files if not f.get("half") and not client.has_sums(f)])
client.ask(choose, [f for f in files if not f.get("half") and client.has_sums(f)], SUMS)
for f in files:
    if f.get("own"):
        check_fusion(f)
    if f.get("half"):
        check_half(f)
    elif len(f["questions"]) > 1 and adds_vector(f):
        check_vector(f)
client.finish(cv2.__version__)
