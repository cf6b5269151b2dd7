#!/usr/bin/env python3
"""Writes base/python.safetensors with Python's own library, for tests/base/test_safetensors.c.

Needs `pip install safetensors numpy`. The file is committed, so the tests need neither.
"""
import os

import numpy as np
from safetensors.numpy import save_file

tensors = {
    "enc1.conv.weights": np.arange(12, dtype=np.float32).reshape(3, 2, 2, 1) / 4,
    "step": np.array([1, -2, 2**62], dtype=np.int64),
    "scalar": np.array(-0.5, dtype=np.float32),
    "empty": np.zeros((0, 3), dtype=np.float32),
    'caf\u00e9 "1"': np.array([1, 2, 255], dtype=np.uint8),
}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "base", "python.safetensors")
save_file(tensors, path, metadata={"note": "a\nb \u2713"})
os.chmod(path, 0o644)
