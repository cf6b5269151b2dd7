#!/usr/bin/python3
"""Golden values: what PyTorch computes for the layers, networks and training steps that gan computes too.

    tests/golden/make.py            writes the .safetensors files beside it, and ../support/counts.h
    tests/golden/make.py --check    computes them again; exit status 1 if anything differs by more than 1e-5

Needs Python 3.7 or later and PyTorch 1.13 or later for the CPU (Debian 12: python3-torch), and a little-endian machine.

All tensors are float32, NCHW, without gaps. Weights of convolutions are (out, in, kh, kw), of deconvolutions (in, out,
kh, kw). Parameters carry gan's names: "unet/enc2.conv.weights", "patchgan/d1.norm.gamma", where norm.mean and
norm.variance are running statistics.

layers.safetensors     one layer each, the gradients being those of sum(dst * diff_dst):
    instancenorm/src, diff_dst, dst, diff_src                  eps 1e-5, no affine
    deconv/src, weights, bias, diff_dst, dst, diff_src, diff_weights, diff_bias      k3 s2 p1, output padding 1
    reflectpad/src, diff_dst, dst, diff_src                    pad 3
    batchnorm/src                 [2, ...]: the batches of two training steps; eps 1e-5, momentum 0.1
    batchnorm/gamma, beta         and, after both steps, batchnorm/mean, variance
    batchnorm/dst                 of the second step; batchnorm/eval: of the second batch, by the running statistics

networks.safetensors   a 3-level U-Net (1 -> 2 channels, 8 filters) and a PatchGAN (2 strided layers, 8 filters, 3
                       channels in: condition, then image), both in training mode, without dropout:
    x, y                          [2, n, c, h, w]: two batches
    unet/*, patchgan/*            initial parameters, biases and betas not zero so that a forgotten one shows; running
                                  statistics begin at 0 and 1 and are left out
    forward/unet, forward/patchgan            fake = U-Net(x[0]); logits of (x[0], y[0])
    loss/unet, loss/patchgan                  mean |fake - y[0]|; BCE of the logits to 1
    grad/unet/*, grad/patchgan/*              gradients of those losses
    diff/patchgan                             of the discriminator's input, (x[0], y[0]) joined

training.safetensors   ten pix2pix steps from these parameters on batches 0, 1, 0, 1, ...:
    loss                          [10, 4]: d_real, d_fake (neither is halved), g_gan, g_l1 (neither is weighted)
    final/unet/*                  parameters and running statistics of G after the last step
    final/patchgan/*              parameters of D
    eval/unet                     U-Net(x[0]) in evaluation mode, by the final running statistics

How close is right: the same run in double, on two threads or without oneDNN differs by at most 3e-6 of a tensor's
largest value. In the ten steps weights move by some 5 % but gammas by 0.1 %: compare final - initial to see those.
"""

import argparse
import json
import pathlib
import random
import struct
import sys
import zlib

import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
COUNTS = HERE.parent / "support" / "counts.h"

LEVELS, FILTERS, STRIDED = 3, 8, 2
BATCHES, BATCH, SIDE, STEPS = 2, 2, 32, 10
EPS, MOMENTUM, SLOPE = 1e-5, 0.1, 0.2
LEARNING_RATE, BETAS, ADAM_EPS, L1_WEIGHT = 2e-4, (0.5, 0.999), 1e-8, 100
TOLERANCE = 1e-5


# Networks. A network is its list of blocks, (name, layer, in, out, side of kernel, bias, norm), and a function of
# parameters by name. Convolutions before a batch norm have no bias. In the published pix2pix code with batch norm the
# U-Net's first and innermost convolutions, which no norm follows, have none either, and only the last deconvolution
# does; of the PatchGAN's, the first and the last do. The published parameter counts say the same.


def channels(filters, level):
    return filters * min(2**level, 8)


def unet_blocks(levels, filters, source=1, result=2):
    wide = [source] + [channels(filters, i) for i in range(levels)]
    for i in range(1, levels + 1):
        yield f"enc{i}", "conv", wide[i - 1], wide[i], 4, False, 1 < i < levels
    for i in range(1, levels + 1):
        below = wide[levels - i + 1] * (1 if i == 1 else 2)
        above = wide[levels - i] if i < levels else result
        yield f"dec{i}", "deconv", below, above, 4, i == levels, i < levels


def unet(p, x, training=True, levels=LEVELS):
    skips = []
    for i in range(1, levels + 1):
        x = F.conv2d(x if i == 1 else F.leaky_relu(x, SLOPE), p[f"enc{i}.conv.weights"], None, 2, 1)
        x = norm(p, f"enc{i}", x, training)
        skips.append(x)
    for i in range(1, levels + 1):
        skip = skips.pop()
        x = F.relu(skip if i == 1 else torch.cat([skip, x], 1))
        x = F.conv_transpose2d(x, p[f"dec{i}.deconv.weights"], p.get(f"dec{i}.deconv.bias"), 2, 1)
        x = norm(p, f"dec{i}", x, training)
    return torch.tanh(x)


def patchgan_blocks(strided, filters, source=3):
    wide = [source] + [channels(filters, i) for i in range(strided + 1)]
    for i in range(strided + 1):
        yield f"d{i}", "conv", wide[i], wide[i + 1], 4, i == 0, i > 0
    yield "logits", "conv", wide[-1], 1, 4, True, False


def patchgan(p, x, y, training=True, strided=STRIDED):
    t = torch.cat([x, y], 1)
    for i in range(strided + 1):
        stride = 2 if i < strided else 1
        t = F.conv2d(t, p[f"d{i}.conv.weights"], p.get(f"d{i}.conv.bias"), stride, 1)
        t = F.leaky_relu(norm(p, f"d{i}", t, training), SLOPE)
    return F.conv2d(t, p["logits.conv.weights"], p["logits.conv.bias"], 1, 1)


def norm(p, name, x, training):
    if f"{name}.norm.gamma" not in p:
        return x
    gamma, beta, mean, variance = (p[f"{name}.norm.{part}"] for part in ("gamma", "beta", "mean", "variance"))
    return F.batch_norm(x, mean, variance, gamma, beta, training, MOMENTUM, EPS)


def resnet_blocks(blocks, filters, source=3, result=3):
    """Johnson et al. 2016, arXiv:1603.08155, as CycleGAN uses it; here only its parameters are counted."""
    yield "first", "conv", source, filters, 7, False, True
    for i in (1, 2):
        yield f"down{i}", "conv", filters * i, filters * 2 * i, 3, False, True
    for i in range(2 * blocks):
        yield f"block{i // 2}.{i % 2}", "conv", filters * 4, filters * 4, 3, False, True
    for i in (2, 1):
        yield f"up{i}", "deconv", filters * 2 * i, filters * i, 3, False, True
    yield "last", "conv", filters, result, 7, True, False


def shapes(blocks):
    """Name to shape of all parameters of a list of blocks, running statistics included."""
    for name, layer, source, result, side, bias, normed in blocks:
        pair = (result, source) if layer == "conv" else (source, result)
        yield f"{name}.{layer}.weights", (*pair, side, side)
        if bias:
            yield f"{name}.{layer}.bias", (result,)
        for part in ("gamma", "beta", "mean", "variance") if normed else ():
            yield f"{name}.norm.{part}", (result,)


def trainable(name):
    return not name.endswith((".mean", ".variance"))


# Numbers. Python's generator gives the same ones in every version; PyTorch's need not.


def gauss(rng, shape, mean=0.0, deviation=1.0):
    count = torch.Size(shape).numel()
    return torch.tensor([rng.gauss(mean, deviation) for _ in range(count)], dtype=torch.float32).reshape(shape)


def uniform(rng, shape):
    count = torch.Size(shape).numel()
    return torch.tensor([rng.uniform(-1, 1) for _ in range(count)], dtype=torch.float32).reshape(shape)


def initial(rng, blocks):
    fixed = {"mean": torch.zeros, "variance": torch.ones}
    made = {}
    for name, shape in shapes(blocks):
        part = name.rsplit(".", 1)[1]
        made[name] = fixed[part](shape) if part in fixed else gauss(rng, shape, float(part == "gamma"), 0.02)
    return made


def fresh(parameters):
    """A copy to train: leaves that want gradients, but for the running statistics."""
    return {name: t.clone().requires_grad_(trainable(name)) for name, t in parameters.items()}


def leaves(parameters):
    return {name: t for name, t in parameters.items() if trainable(name)}


# What the files hold.


def prefixed(prefix, tensors):
    return {f"{prefix}/{name}": t for name, t in tensors.items()}


def gradients(of, wanted):
    return dict(zip(wanted, torch.autograd.grad(of, list(wanted.values()))))


def layer(name, rng, forward, **given):
    """Inputs, output and gradients of one layer."""
    given = {key: t.requires_grad_() for key, t in given.items()}
    dst = forward(**given)
    diff_dst = gauss(rng, dst.shape)
    diffs = gradients((dst * diff_dst).sum(), given)
    return prefixed(name, {**given, "diff_dst": diff_dst, "dst": dst, **{f"diff_{k}": t for k, t in diffs.items()}})


def batchnorm_steps(rng):
    src, gamma, beta = gauss(rng, (2, 3, 4, 5, 3), 1.0, 2.0), gauss(rng, (4,), 1.0), gauss(rng, (4,))
    mean, variance = torch.zeros(4), torch.ones(4)
    for batch in src:
        dst = F.batch_norm(batch, mean, variance, gamma, beta, True, MOMENTUM, EPS)
    evaluated = F.batch_norm(batch, mean, variance, gamma, beta, False, MOMENTUM, EPS)
    return prefixed("batchnorm", {"src": src, "gamma": gamma, "beta": beta, "mean": mean, "variance": variance,
                                  "dst": dst, "eval": evaluated})


def layers():
    rng = random.Random("layers")

    def deconv(src, weights, bias):
        return F.conv_transpose2d(src, weights, bias, stride=2, padding=1, output_padding=1)

    def reflectpad(src):
        return F.pad(src, (3, 3, 3, 3), "reflect")

    return {
        **layer("instancenorm", rng, lambda src: F.instance_norm(src, eps=EPS), src=gauss(rng, (2, 3, 5, 7))),
        **layer("deconv", rng, deconv, src=gauss(rng, (2, 3, 5, 4)), weights=gauss(rng, (3, 4, 3, 3)),
                bias=gauss(rng, (4,))),
        **layer("reflectpad", rng, reflectpad, src=gauss(rng, (2, 3, 5, 4))),
        **batchnorm_steps(rng),
    }


def start():
    """Both batches and the initial parameters of both networks."""
    rng = random.Random("networks")
    x, y = uniform(rng, (BATCHES, BATCH, 1, SIDE, SIDE)), uniform(rng, (BATCHES, BATCH, 2, SIDE, SIDE))
    return x, y, initial(rng, unet_blocks(LEVELS, FILTERS)), initial(rng, patchgan_blocks(STRIDED, FILTERS))


def bce(logits, label):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def networks():
    x, y, gen, dis = start()
    g, d = fresh(gen), fresh(dis)
    fake = unet(g, x[0])
    l1 = F.l1_loss(fake, y[0])
    condition, image = x[0].clone().requires_grad_(), y[0].clone().requires_grad_()
    logits = patchgan(d, condition, image)
    real = bce(logits, 1.0)
    of_d = gradients(real, {**leaves(d), "x": condition, "y": image})
    diff = torch.cat([of_d.pop("x"), of_d.pop("y")], 1)
    return {
        "x": x, "y": y, **prefixed("unet", leaves(gen)), **prefixed("patchgan", leaves(dis)),
        "forward/unet": fake, "loss/unet": l1, **prefixed("grad/unet", gradients(l1, leaves(g))),
        "forward/patchgan": logits, "loss/patchgan": real, **prefixed("grad/patchgan", of_d), "diff/patchgan": diff,
    }


def adam(parameters):
    return torch.optim.Adam(list(leaves(parameters).values()), LEARNING_RATE, BETAS, ADAM_EPS)


def update(optimiser, parameters, loss):
    """One step along the gradients of these parameters alone; the other network's are neither computed nor kept."""
    wanted = leaves(parameters)
    for name, gradient in gradients(loss, wanted).items():
        wanted[name].grad = gradient
    optimiser.step()


def step(g, d, adam_g, adam_d, x, y):
    """Isola et al. 2017, arXiv:1611.07004: D first, then G, whose one fake the updated D scores again."""
    fake = unet(g, x)
    d_fake, d_real = bce(patchgan(d, x, fake.detach()), 0.0), bce(patchgan(d, x, y), 1.0)
    update(adam_d, d, 0.5 * (d_fake + d_real))
    g_gan, g_l1 = bce(patchgan(d, x, fake), 1.0), F.l1_loss(fake, y)
    update(adam_g, g, g_gan + L1_WEIGHT * g_l1)
    return [d_real.item(), d_fake.item(), g_gan.item(), g_l1.item()]


def training():
    x, y, gen, dis = start()
    g, d = fresh(gen), fresh(dis)
    adam_g, adam_d = adam(g), adam(d)
    losses = [step(g, d, adam_g, adam_d, x[i % BATCHES], y[i % BATCHES]) for i in range(STEPS)]
    return {"loss": torch.tensor(losses), **prefixed("final/unet", g), **prefixed("final/patchgan", leaves(d)),
            "eval/unet": unet(g, x[0], training=False)}


FILES = {"layers.safetensors": layers, "networks.safetensors": networks, "training.safetensors": training}


# The safetensors format: length of the header as u64, the header as JSON, the tensors without holes.


def raw(tensor):
    values = tensor.detach().reshape(-1).tolist()
    return struct.pack(f"<{len(values)}f", *values)


def encode(tensors):
    blobs = {name: raw(t) for name, t in tensors.items()}
    sums = {name: f"{zlib.crc32(blob):08x}" for name, blob in blobs.items()}
    header, at = {"__metadata__": {"crc32": json.dumps(sums)}}, 0
    for name, blob in blobs.items():
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [at, at + len(blob)]}
        at += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(blobs.values())


def decode(data):
    (length,) = struct.unpack_from("<Q", data)
    header, data = json.loads(data[8 : 8 + length]), data[8 + length :]
    header.pop("__metadata__")
    found = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = struct.unpack(f"<{(end - begin) // 4}f", data[begin:end])
        found[name] = torch.tensor(values, dtype=torch.float32).reshape(entry["shape"])
    return found


# Parameter counts, trainable ones only: ours must be those published for the original networks.

PUBLISHED = [
    # model, filters, depth (levels, blocks or strided layers), channels in and out, count
    ("unet", 64, 8, 1, 2, 54409858),
    ("unet", 64, 7, 1, 2, 41824898),
    ("resnet", 64, 9, 3, 3, 11383427),
    ("patchgan", 64, 1, 3, 1, 136513),
    ("patchgan", 64, 2, 3, 1, 663361),
    ("patchgan", 64, 3, 3, 1, 2765633),
    ("patchgan", 64, 4, 3, 1, 6960961),
    ("patchgan", 64, 5, 3, 1, 11156289),
]
BLOCKS = {
    "unet": unet_blocks,
    "resnet": resnet_blocks,
    "patchgan": lambda depth, filters, source, result: patchgan_blocks(depth, filters, source),
}


def count(model, filters, depth, source, result):
    sizes = shapes(BLOCKS[model](depth, filters, source, result))
    return sum(torch.Size(shape).numel() for name, shape in sizes if trainable(name))


def counts_header():
    rows = [(*row, count(*row)) for row in (
        *(row[:-1] for row in PUBLISHED), ("unet", FILTERS, LEVELS, 1, 2), ("patchgan", FILTERS, STRIDED, 3, 1))]
    lines = ['    { "%s", %d, %d, %d, %d, %d },' % row for row in rows]
    return "\n".join([
        "/* Trainable parameters of networks with batch norm. tests/golden/make.py counts them and writes this file.",
        " * depth: the levels of a U-Net, the blocks of a ResNet, the strided layers of a PatchGAN. */",
        "#ifndef TESTS_COUNTS_H",
        "#define TESTS_COUNTS_H",
        "",
        "#include <stddef.h>",
        "",
        "/* clang-format off */",
        "static const struct count {",
        "    const char *model;",
        "    int filters, depth, channels_in, channels_out;",
        "    size_t parameters;",
        "} counts[] = {",
        *lines,
        "};",
        "/* clang-format on */",
        "",
        "#endif",
        "",
    ])


def wrong_counts():
    for *row, published in PUBLISHED:
        ours = count(*row)
        if ours != published:
            yield f"{row}: {ours} parameters, published are {published}"


def differences(name, old, new):
    for key in sorted(old.keys() | new.keys()):
        if key not in old or key not in new or old[key].shape != new[key].shape:
            yield f"{name}: '{key}' is missing or has another shape"
            continue
        largest = new[key].abs().max().item()
        error = (old[key] - new[key]).abs().max().item()
        if not error <= TOLERANCE * largest:
            yield f"{name}: '{key}' differs by {error:.3g} where the largest value is {largest:.3g}"


def check():
    yield from wrong_counts()
    if COUNTS.read_text() != counts_header():
        yield f"{COUNTS.name} is not what this script writes"
    for name, make in FILES.items():
        yield from differences(name, decode((HERE / name).read_bytes()), make())


def write():
    yield from wrong_counts()
    COUNTS.write_text(counts_header())
    for name, make in FILES.items():
        (HERE / name).write_bytes(encode(make()))


def main():
    parser = argparse.ArgumentParser(description="Writes or checks the golden values of the tests.")
    parser.add_argument("--check", action="store_true", help="compare the committed files instead of writing them")
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    problems = list(check() if parser.parse_args().check else write())
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
