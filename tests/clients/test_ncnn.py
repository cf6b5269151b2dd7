#!/usr/bin/env python3
"""Exported files in ncnn, which has a format of its own that pnnx makes of ONNX. The questions: GAN_QUESTIONS."""
import importlib.util
import os
import subprocess
import tempfile

import environment

environment.need("numpy", "onnx", "ncnn", "pnnx")
import ncnn
import numpy as np

import client

PNNX = os.path.join(importlib.util.find_spec("pnnx").submodule_search_locations[0], "pnnx")


class Ncnn:
    """One picture at a time. pnnx wants to see a size, but the network then takes any."""

    def __init__(self, file):
        _, channels, h, w = file["questions"][0][0].shape
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(file["file"], os.path.join(folder, "a.onnx"))
            done = subprocess.run([PNNX, "a.onnx", f"inputshape=[1,{channels},{h},{w}]", "fp16=0"], cwd=folder,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self.net = ncnn.Net()
            self.net.opt.use_vulkan_compute = False
            self.net.opt.use_fp16_storage = False  # or weights that a vector is multiplied with are rounded
            if self.net.load_param(f"{folder}/a.ncnn.param") or self.net.load_model(f"{folder}/a.ncnn.bin"):
                raise RuntimeError("pnnx made nothing that ncnn can load:\n" + done.stdout)

    def run(self, x):
        return np.stack([self.one(np.ascontiguousarray(p)) for p in x])

    def one(self, p):
        extractor = self.net.create_extractor()
        # A copy, because ncnn wants each channel on a boundary of 16 bytes, which a NumPy array need not have.
        extractor.input(self.net.input_names()[0], ncnn.Mat(p).clone())
        return np.array(extractor.extract(self.net.output_names()[0])[1])


asked = [f for f in client.files() if f["questions"]]
own = [f for f in asked if not f.get("pretrained")]
client.ask(Ncnn, [f for f in own if not client.sharpens_sums(f)])
client.ask(Ncnn, [f for f in own if client.sharpens_sums(f)], client.OF_CLASSES)
# Its fast convolutions round a classifier's large numbers.
client.ask(Ncnn, [f for f in asked if f.get("pretrained")], {"lab": 1e-3, "rgb": 1e-3})
client.ask(Ncnn, client.halves(client.files()))
client.finish(ncnn.__version__)
