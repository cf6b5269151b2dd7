#!/usr/bin/env python3
"""Exported files are what ONNX's own library would write, valid, and say what they are. The files: GAN_QUESTIONS."""
import json
import os
import subprocess

import environment

environment.need("numpy", "onnx")
import onnx

import client

KEYS = {"gan.version", "gan.io", "gan.input", "gan.output", "gan.colour_space", "gan.multiple", "gan.norm", "gan.weights",
        "gan.config", "gan.golden.size", "gan.golden.window", "gan.golden.x", "gan.golden.y"}
CHANNELS = {"lab": (1, 2), "rgb": (3, 3)}


def expect(what, got, right):
    if got != right:
        client.fail(f"{what}: {got}, not {right}")


def dims(value):
    return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]


def check_form(path, content, model):
    expect(f"{path}, written by onnx", model.SerializeToString() == content, True)
    expect(f"{path}, versions", (model.ir_version, [o.version for o in model.opset_import]), (7, [13]))
    try:
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:
        client.fail(f"{path}: {error}")


def check_interface(path, file, model):
    size = [255, 257] if "one-size" in path else ["H", "W"]
    for values, name, channels in zip((model.graph.input, model.graph.output), "xy", CHANNELS[file["io"]]):
        expect(f"{path}, ends", [v.name for v in values], [name])
        expect(f"{path}, shape of {name}", dims(values[0]), ["N", channels, *size])


def check_metadata(path, file, model):
    text = {p.key: p.value for p in model.metadata_props}
    expect(f"{path}, keys", set(text) - {"gan.size"}, KEYS)
    expect(f"{path}, size", text.get("gan.size"), "255x257" if "one-size" in path else None)
    expect(f"{path}, io", text["gan.io"], file["io"])
    expect(f"{path}, norm", text["gan.norm"], "instance" if file.get("own") else "running")
    expect(f"{path}, weights", text["gan.weights"], "float16" if file.get("half") else "float32")
    expect(f"{path}, documentation of x", model.graph.input[0].doc_string, text["gan.input"])
    expect(f"{path}, documentation of y", model.graph.output[0].doc_string, text["gan.output"])
    shown = json.loads(subprocess.run([os.environ["GAN"], "info", "--json", path], stdout=subprocess.PIPE).stdout)
    expect(f"{path}, multiple", text["gan.multiple"], str(shown["multiple"]))


def check_proof(path):
    done = subprocess.run([os.environ["GAN"], "info", "--verify", path], stdout=subprocess.PIPE, text=True)
    expect(f"{path}, verified", (done.returncode, done.stdout[:8]), (0, "verified"))


for f in client.files():
    with open(f["file"], "rb") as opened:
        content = opened.read()
    model = onnx.load(f["file"])
    check_form(f["file"], content, model)
    check_interface(f["file"], f, model)
    check_metadata(f["file"], f, model)
    check_proof(f["file"])
client.finish(onnx.__version__)
