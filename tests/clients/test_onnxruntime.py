#!/usr/bin/env python3
"""Exported files in ONNX Runtime. The questions: GAN_QUESTIONS."""
import environment

environment.need("numpy", "onnx", "onnxruntime")
import onnxruntime

import client


class OnnxRuntime:
    def __init__(self, file):
        self.session = onnxruntime.InferenceSession(file["file"], providers=["CPUExecutionProvider"])

    def run(self, x):
        return self.session.run(["y"], {"x": x})[0]


client.ask(OnnxRuntime, [f for f in client.files() if not client.sharpens_sums(f)])
client.ask(OnnxRuntime, [f for f in client.files() if client.sharpens_sums(f)], client.OF_CLASSES)
client.ask(OnnxRuntime, client.halves(client.files()))
client.finish(onnxruntime.__version__)
