#!/usr/bin/env python3
"""Writes random weights in the shapes of SqueezeNet v1.0, for tests of what only needs a classifier of some kind:
    tests/support/squeezenet.py FILE"""

import array
import json
import random
import struct
import sys

FIRES = {2: (16, 64), 3: (16, 64), 4: (32, 128), 5: (32, 128), 6: (48, 192), 7: (48, 192), 8: (64, 256), 9: (64, 256)}


def shapes():
    yield "conv1", (96, 3, 7, 7)
    source = 96
    for i, (narrow, wide) in FIRES.items():
        yield f"fire{i}.squeeze1x1", (narrow, source, 1, 1)
        yield f"fire{i}.expand1x1", (wide, narrow, 1, 1)
        yield f"fire{i}.expand3x3", (wide, narrow, 3, 3)
        source = 2 * wide
    yield "conv10", (1000, source, 1, 1)


def write(path):
    rng, header, data = random.Random(1), {}, bytearray()
    for name, shape in shapes():
        inputs = shape[1] * shape[2] * shape[3]
        for part, dims, scale in (("weight", shape, (6 / inputs) ** 0.5), ("bias", shape[:1], 0.1)):
            count = shape[0] * inputs if part == "weight" else shape[0]
            values = array.array("f", (scale * (2 * rng.random() - 1) for _ in range(count)))
            begin = len(data)
            data += values.tobytes()
            header[f"{name}.{part}"] = {"dtype": "F32", "shape": dims, "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    write(sys.argv[1])
