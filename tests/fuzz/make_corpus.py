#!/usr/bin/env python3
"""Writes the corpora of the fuzzers of imported files: tests/fuzz/make_corpus.py GAN, with PyTorch 1.13.

GAN is the program; corpora that are there are replaced. Networks are as small as they get: what is fuzzed is the form.
"""
import collections
import io
import pathlib
import pickle
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import warnings
import zipfile

import torch

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "clients"))
import networks  # noqa: E402

warnings.filterwarnings("ignore")
GAN = sys.argv[1]
PTH, ONNX, WEIGHTS = (HERE / "corpus" / name for name in ("pth", "onnx", "weights"))


def text(s):
    return b"X" + struct.pack("<I", len(s)) + s.encode()


def archive(path, program, entries=()):
    with zipfile.ZipFile(path, "w") as z:
        z.writestr(zipfile.ZipInfo("archive/data.pkl"), program)
        for name, data in entries:
            z.writestr(zipfile.ZipInfo("archive/" + name), data)


def legacy(path, program):
    """The form before PyTorch 1.6 without storages: no checksum keeps a fuzzer from its pickles."""
    magic = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
    version, machine, keys = b"\x80\x02M\xe9\x03.", b"\x80\x02}.", b"\x80\x02]."
    path.write_bytes(magic + version + machine + program + keys)


def views(state):
    """The same values: transposed, at an offset of one shared storage, expanded, float64, within another dict."""
    out = {}
    shared = torch.cat([torch.zeros(3)] + [t.flatten() for t in state.values() if t.ndim == 1])
    at = 3
    for i, (name, t) in enumerate(state.items()):
        if t.ndim == 1:
            out[name], at = shared[at : at + t.numel()], at + t.numel()
        elif t.ndim == 4 and i % 2:
            out[name] = t.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0)
        else:
            out[name] = t.double() if t.is_floating_point() else t
    return {"epoch": 3, "net": {"module." + name: t for name, t in out.items()}, "loss": [0.5, None, True]}


def big_endian(source, path):
    with zipfile.ZipFile(source) as a, zipfile.ZipFile(path, "w") as b:
        for entry in a.infolist():
            data = a.read(entry)
            if "/data/" in entry.filename:
                data = b"".join(data[i : i + 4][::-1] for i in range(0, len(data), 4))  # the counters are 0
            b.writestr(zipfile.ZipInfo(entry.filename), data)
        b.writestr(zipfile.ZipInfo(source.stem + "/byteorder"), "big")


class Widths(pickle.Unpickler):
    """Which storages hold 8 bytes per element; nothing is made."""

    def find_class(self, module, name):
        return collections.OrderedDict if module == "collections" else lambda *_: name

    def persistent_load(self, id):
        self.widths[id[2]] = 8 if id[1]() == "LongStorage" else 4


def big_endian_legacy(source, path):
    """Counts and elements turned round, and the pickle of the machine says so."""
    data = source.read_bytes()
    file = io.BytesIO(data)
    Widths.widths = {}
    keys = [Widths(file).load() for _ in range(5)][-1]
    at = file.tell()
    head = re.sub(b"(little_endianq.)\x88", b"\\1\x89", data[:at])
    out = [head]
    for key in keys:
        count, width = struct.unpack_from("<Q", data, at)[0], Widths.widths[key]
        elements = data[at + 8 : at + 8 + count * width]
        out.append(struct.pack(">Q", count) + b"".join(elements[i : i + width][::-1] for i in range(0, len(elements), width)))
        at += 8 + len(elements)
    assert head != data[: len(head)] and at == len(data)
    path.write_bytes(b"".join(out))


def make_pth():
    state = networks.fill(networks.UNet(2, 1)).state_dict()
    torch.save(state, PTH / "torch.pth")
    torch.save(state, PTH / "torch_legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(views(state), PTH / "torch_views.pth")
    torch.save(views(state), PTH / "torch_views_legacy.pth", _use_new_zipfile_serialization=False)
    half = {name: t.half() if t.is_floating_point() else t for name, t in state.items()}
    torch.save(half, PTH / "torch_half_legacy.pth", _use_new_zipfile_serialization=False)
    resnet = networks.fill(networks.ResNet(1, 1, "instance", dropout=True)).state_dict()
    torch.save(resnet, PTH / "torch_resnet_legacy.pth", _use_new_zipfile_serialization=False)
    big_endian(PTH / "torch.pth", PTH / "torch_big_endian.pth")
    big_endian_legacy(PTH / "torch_legacy.pth", PTH / "torch_big_endian_legacy.pth")
    hostile = {
        "system": b"\x80\x02cos\nsystem\n(" + text("true") + b"tR.",
        "eval": b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93(" + text("1") + b"tR.",
        "bomb": b")q\x00" + 200 * b"h\x00h\x00\x86q\x00" + b".",
        "deep": b")" + 500 * b"\x85" + b".",
        "itself": b"}q\x00(" + b"".join(text(k) + b"h\x00" for k in "abcdefgh") + b"u.",
        "memo": b"Nr\xff\xff\xff\x7f.",
    }
    for name, program in hostile.items():
        archive(PTH / f"{name}.pth", program)
        legacy(PTH / f"{name}_legacy.pth", program)


def export_onnx(network, path, **options):
    torch.onnx.export(network, torch.zeros(1, 1, 16, 16), str(path), opset_version=13, **options)


def make_onnx():
    keep = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}
    export_onnx(networks.fill(networks.UNet(2, 1)), ONNX / "torch_small.onnx")
    export_onnx(networks.fill(networks.UNet(3, 1)), ONNX / "torch_unet.onnx")
    export_onnx(networks.fill(networks.UNet(3, 1)), ONNX / "torch_unet_unfolded.onnx", **keep)
    export_onnx(networks.fill(networks.ResNet(1, 1)), ONNX / "torch_resnet.onnx")
    export_onnx(networks.fill(networks.ResNet(0, 1, "instance")), ONNX / "torch_resnet_instance.onnx")


def gan(*arguments):
    subprocess.run([GAN, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def make_ours():
    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder) / "model.safetensors"
        gan("import", PTH / "torch.pth", "-o", model, "--size", 16)
        gan("export", model, "-o", PTH / "gan.pth")
        gan("export", model, "-o", ONNX / "gan.onnx", "--size", "8x8")
        gan("export", model, "-o", ONNX / "gan_rgb.onnx", "--io", "rgb", "--size", "9x8")
        gan("export", model, "-o", ONNX / "gan_half.onnx", "--fp16", "--size", "8x8")
        gan("export", model, "-o", WEIGHTS / "gan.safetensors")
        shutil.copy(model, WEIGHTS / "checkpoint.safetensors")
    state = networks.fill(networks.UNet(2, 1)).state_dict()
    header, data = [], b""
    for name, t in state.items():
        if t.is_floating_point():
            shape = str(list(t.shape)).replace(" ", "")
            raw = t.numpy().tobytes()
            header.append(f'"{name}":{{"dtype":"F32","shape":{shape},"data_offsets":[{len(data)},{len(data) + len(raw)}]}}')
            data += raw
    head = ("{" + ",".join(header) + "}").encode()
    (WEIGHTS / "reference.safetensors").write_bytes(struct.pack("<Q", len(head)) + head + data)


for corpus in (PTH, ONNX, WEIGHTS):
    shutil.rmtree(corpus, ignore_errors=True)
    corpus.mkdir(parents=True)
make_pth()
make_onnx()
make_ours()
