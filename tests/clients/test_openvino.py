#!/usr/bin/env python3
"""Exported files in OpenVINO. The questions: GAN_QUESTIONS."""
import environment

environment.need("numpy", "onnx", "openvino")
import openvino

import client

# Its own choice is bfloat16 where the processor has it. An instance norm is added up in one run per thread, and the longer
# the run, the less exact.
EXACT = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 2}


class OpenVino:
    core = openvino.Core()

    def __init__(self, file):
        self.model = self.core.compile_model(self.core.read_model(file["file"]), "CPU", EXACT)

    def run(self, x):
        return self.model(x)[0]


client.ask(OpenVino, client.files())
client.ask(OpenVino, client.halves(client.files()))
client.finish(openvino.__version__)
