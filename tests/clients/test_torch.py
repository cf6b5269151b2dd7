#!/usr/bin/env python3
"""PyTorch loads our .pth into the reference's modules and paints the same; gan takes what PyTorch saved, bit for bit, and
its ONNX exports. Trained networks: GAN_TRAINED."""
import os
import subprocess
import sys
import tempfile
import warnings

import environment

environment.need("numpy", "torch")
import numpy as np
import torch

import networks
from networks import ResNet, UNet

warnings.filterwarnings("ignore")
torch.set_num_threads(1)

GAN = os.environ["GAN"]
RUN_GENERATOR = os.path.join(os.environ["GAN_BINARY_DIR"], "tests", "run_generator")
TRAINED = os.environ["GAN_TRAINED"]
TOLERANCE = 1e-4

failures = 0


def fail(text):
    global failures
    failures += 1
    print("FAILED:", text)


def gan(*args):
    done = subprocess.run([GAN, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stderr.strip()


def succeed(*args):
    status, message = gan(*args)
    if status:
        fail(f"gan {' '.join(args)}: {message}")
    return not status


def picture(n, side):
    return np.random.default_rng(side).uniform(-1, 1, (n, 1, side, side)).astype(np.float32)


def paint_gan(checkpoint, x):
    args = [RUN_GENERATOR, checkpoint, "running", *map(str, (len(x), *x.shape[2:]))]
    done = subprocess.run(args, check=True, input=x.tobytes(), stdout=subprocess.PIPE)
    return np.frombuffer(done.stdout, np.float32).reshape(len(x), 2, *x.shape[2:])


def paint_torch(network, x):
    with torch.no_grad():
        return network(torch.from_numpy(x)).numpy()


def compare(what, got, right):
    """Painting nothing would agree with anything."""
    d = float(np.abs(got - right).max())
    if not (d <= TOLERANCE and np.ptp(right) > 0.02):
        fail(f"{what}: differs by {d:.2g}, with a range of {np.ptp(right):.2g}")
    print(f"{what}: differs by {d:.2g}")


def load(path):
    safe = {"weights_only": True} if "weights_only" in torch.load.__code__.co_varnames else {}
    return torch.load(path, **safe)


# Ours in PyTorch


def trained_networks():
    """The sizes are those of tests/export/setup_trained.sh."""
    for norm in ("batch", "instance"):
        yield f"unet-{norm}", UNet(5, 8, norm, dropout=True)
        yield f"resnet-{norm}", ResNet(3, 8, norm, dropout=True)


def ours_in_pytorch(folder):
    for name, network in trained_networks():
        checkpoint, path = os.path.join(TRAINED, name + ".safetensors"), os.path.join(folder, name + ".pth")
        if not succeed("export", checkpoint, "-o", path):
            continue
        state = load(path)
        try:
            network.load_state_dict(state, strict=True)
        except RuntimeError as error:
            fail(f"{name}: {error}")
            continue
        x = picture(2, 64)
        compare(f"{name} in PyTorch", paint_torch(network.eval(), x), paint_gan(checkpoint, x))


# PyTorch's in gan


def shared(state):
    """All values in one storage, one behind the other."""
    everything = torch.cat([torch.zeros(5)] + [t.flatten().float() for t in state.values()])
    out, at = {}, 5
    for name, t in state.items():
        out[name] = everything[at : at + t.numel()].view(t.shape) if t.is_floating_point() else t
        at += t.numel()
    return out


def scattered(state):
    """Neither contiguous nor with their own first element first."""
    def scatter(t):
        if t.ndim == 4:
            return t.permute(2, 3, 1, 0).contiguous().permute(3, 2, 0, 1)
        return torch.stack([torch.zeros_like(t), t], -1)[..., 1]
    return {name: scatter(t) if t.is_floating_point() else t for name, t in state.items()}


def converted(dtype):
    return lambda state: {k: t.to(dtype) if t.is_floating_point() else t for k, t in state.items()}


def wrapped(state):
    """As programs save it that go on training, from several GPUs."""
    parameters = {"module." + k: torch.nn.Parameter(t) if t.is_floating_point() else t for k, t in state.items()}
    return {"epoch": 7, "lr": 2e-4, "model": parameters, "history": [(1, 0.5), (2, None)], "done": False}


FORMS = {
    "as it is": lambda state: state,
    "float16": converted(torch.float16),
    "bfloat16": converted(torch.bfloat16),
    "float64": converted(torch.float64),
    "one storage": shared,
    "not contiguous": scattered,
    "within a dict": wrapped,
}


def bare_networks():
    yield "unet of 8 levels", networks.fill(UNet(8, 2, dropout=True)), 256
    yield "unet of 2 levels", networks.fill(UNet(2, 3, "instance")), 32
    yield "resnet of 9 blocks", networks.fill(ResNet(9, 2)), 32
    yield "resnet with dropout", networks.fill(ResNet(2, 2, "instance", dropout=True)), 32


def come_back(what, state, path, folder, **how):
    """Saved by PyTorch, imported, exported, loaded: the same floats. Leaves the checkpoint in the folder."""
    checkpoint, back = os.path.join(folder, "back.safetensors"), os.path.join(folder, "back.pth")
    form = FORMS[what](state)
    torch.save(form, path, **how)
    if not (succeed("import", path, "-o", checkpoint) and succeed("export", checkpoint, "-o", back)):
        return
    if what not in ("as it is", "one storage", "not contiguous", "within a dict", "float64"):
        state = form
    got = load(back)
    for name, t in state.items():
        if t.is_floating_point() and not torch.equal(got[name], t.float()):
            fail(f"{what}: {name} differs")
    if set(got) != set(state):
        fail(f"{what}: {set(got) ^ set(state)}")


def protocol_4(folder):
    path = os.path.join(folder, "theirs.pth")
    come_back("within a dict", UNet(2, 1).state_dict(), path, folder, pickle_protocol=4)


def pytorchs_in_gan(folder):
    path = os.path.join(folder, "theirs.pth")
    for name, network, side in bare_networks():
        for what in FORMS:
            come_back(what, network.state_dict(), path, folder)
        for what in ("within a dict", "float16", "as it is"):
            come_back(what, network.state_dict(), path, folder, _use_new_zipfile_serialization=False)
        x = picture(1, side)
        compare(f"{name} in gan", paint_gan(os.path.join(folder, "back.safetensors"), x), paint_torch(network, x))


def modules_are_refused(folder):
    path = os.path.join(folder, "module.pth")
    for zipped in (True, False):
        torch.save(UNet(2, 1), path, _use_new_zipfile_serialization=zipped)
        status, message = gan("import", path, "-o", os.path.join(folder, "none.safetensors"))
        if status != 1 or "networks.UNet" not in message or path not in message or "\n" in message:
            fail(f"a pickled module: {status}, {message}")
    if os.path.exists(os.path.join(folder, "none.safetensors")):
        fail("a refused file left a checkpoint")


# ONNX as PyTorch writes it


def onnx_in_gan(folder):
    path, checkpoint = os.path.join(folder, "theirs.onnx"), os.path.join(folder, "onnx.safetensors")
    unfolded = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}
    axes = {0: "n", 2: "h", 3: "w"}
    dynamic = {"input_names": ["image"], "output_names": ["ab"], "dynamic_axes": {"image": axes, "ab": axes}}
    for name, network, side in bare_networks():
        x = picture(1, side)
        for opset, options in ((11, {}), (13, unfolded), (16, dynamic)):
            torch.onnx.export(network, torch.zeros(x.shape), path, opset_version=opset, **options)
            if succeed("import", path, "-o", checkpoint):
                what = f"{name}, opset {opset}{', nothing folded' if options is unfolded else ''}"
                compare(what, paint_gan(checkpoint, x), paint_torch(network, x))


with tempfile.TemporaryDirectory() as folder:
    ours_in_pytorch(folder)
    pytorchs_in_gan(folder)
    protocol_4(folder)
    modules_are_refused(folder)
    onnx_in_gan(folder)
print("PyTorch", torch.__version__)
if failures:
    print(failures, "failed")
    sys.exit(1)
print("all as expected")
