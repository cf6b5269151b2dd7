#!/usr/bin/python3
"""The scores of SqueezeNet, in colour and in gray, against the same network written with PyTorch's functions: on the
published weights, if they are in $GAN_SHARED/data/weights, else on random ones."""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import squeezenet

SIDE, TOLERANCE = 227, 1e-4  # of the largest score
MEANS = torch.tensor([104.0, 117.0, 123.0], dtype=torch.float64).view(1, 3, 1, 1)  # B, G, R


def read(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__":
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            yield name, np.frombuffer(data[begin:end], "<f4").reshape(entry["shape"])


def network(weights, bgr):
    def conv(name, x, stride=1, pad=0):
        weight, bias = (torch.tensor(weights[f"{name}.{part}"], dtype=torch.float64) for part in ("weight", "bias"))
        return F.relu(F.conv2d(x, weight, bias, stride, pad))

    x = F.max_pool2d(conv("conv1", bgr - MEANS, 2), 3, 2, ceil_mode=True)
    for i in squeezenet.FIRES:
        t = conv(f"fire{i}.squeeze1x1", x)
        x = torch.cat([conv(f"fire{i}.expand1x1", t), conv(f"fire{i}.expand3x3", t, 1, 1)], 1)
        if i in (4, 8):
            x = F.max_pool2d(x, 3, 2, ceil_mode=True)
    return conv("conv10", x, 1, 1).mean((2, 3))[0].numpy()


def bgr_of(rgb, gray):
    """0..255; gray: of the luminance of linear light, encoded again."""
    c = rgb.astype(np.float64) / 255
    if gray:
        linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
        y = linear @ [0.2126729, 0.7151522, 0.0721750]
        y = np.where(y <= 0.0031308, y * 12.92, 1.055 * y ** (1 / 2.4) - 0.055)
        c = np.stack([y] * 3, 2)
    return torch.tensor(255 * c[:, :, ::-1].copy()).permute(2, 0, 1)[None]


def pictures(folder):
    coarse = np.random.default_rng(2).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    yield np.asarray(Image.fromarray(coarse).resize((SIDE, SIDE), Image.BICUBIC))
    for path in sorted(folder.glob("*.jpg"))[:1]:
        yield np.asarray(Image.open(path).convert("RGB").resize((SIDE, SIDE), Image.BICUBIC))


def worst_of(weights_path, weights, rgb, gray, folder):
    path = folder / "picture.png"
    Image.fromarray(rgb).save(path)
    command = [os.environ["GAN"], "classify", weights_path, path, "--json", "--top", "1000"]
    out = subprocess.run(command + ["--gray"] * gray, check=True, stdout=subprocess.PIPE).stdout
    score, probability = np.zeros(1000), np.zeros(1000)
    for row in json.loads(out)["classes"]:
        score[row["class"]], probability[row["class"]] = row["score"], row["probability"]
    right = network(weights, bgr_of(rgb, gray))
    likely = np.exp(right - right.max())
    return max(np.abs(score - right).max() / right.max(), np.abs(probability - likely / likely.sum()).max())


def main():
    shared = pathlib.Path(os.environ.get("GAN_SHARED", "")) / "data"
    published = shared / "weights" / "squeezenet_v1.0.safetensors"
    failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        path = published if published.exists() else folder / "random.safetensors"
        if path != published:
            squeezenet.write(path)
        weights = dict(read(path))
        for i, rgb in enumerate(pictures(shared / "open")):
            for gray in (False, True):
                worst = worst_of(path, weights, rgb, gray, folder)
                failed |= not worst < TOLERANCE
                print(f"{path.name} picture {i} {'gray' if gray else 'colour'}: largest error {worst:.2e}")
    return failed


sys.exit(main())
