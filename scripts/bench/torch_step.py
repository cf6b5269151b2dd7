#!/usr/bin/env python3
"""A training step of pix2pix in PyTorch: the networks, losses and order of updates that `gan train` has.

    scripts/bench/torch_step.py SIZE BATCH FILTERS LEVELS [--threads 2] [--steps 10] [--channels-last] [--compile]

Prints torch_s (median seconds of a step) and torch_peak_mib, a line each. Exits with 77, and the reason, where PyTorch
or what an option asks for is missing.
"""
import argparse
import resource
import statistics
import sys
import time

WARM_UP = 3


def skip(reason):
    print(reason)
    sys.exit(77)


try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError:
    skip("PyTorch is not installed")


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("size", "batch", "filters", "levels"):
        parser.add_argument(name, type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--compile", action="store_true")
    return parser.parse_args()


class UNet(nn.Module):
    """L to ab; `levels` convolutions down and deconvolutions up, each pair of a size joined."""

    def __init__(self, filters, levels):
        super().__init__()
        width = [1] + [filters * min(2**i, 8) for i in range(levels)]
        self.levels = levels
        self.down = nn.ModuleList()
        self.up = nn.ModuleList()
        for i in range(levels):
            norm = nn.BatchNorm2d(width[i + 1]) if 0 < i < levels - 1 else nn.Identity()
            self.down.append(nn.Sequential(nn.Conv2d(width[i], width[i + 1], 4, 2, 1, bias=False), norm))
        for i in reversed(range(1, levels)):
            wide = width[i + 1] * (1 if i == levels - 1 else 2)
            parts = [nn.ConvTranspose2d(wide, width[i], 4, 2, 1, bias=False), nn.BatchNorm2d(width[i])]
            if 4 <= i < levels - 1:
                parts.append(nn.Dropout(0.5))
            self.up.append(nn.Sequential(*parts))
        self.last = nn.ConvTranspose2d(2 * filters, 2, 4, 2, 1)

    def forward(self, x):
        skips = []
        for i, stage in enumerate(self.down):
            x = stage(x if i == 0 else functional.leaky_relu(x, 0.2))
            skips.append(x)
        skips.pop()
        for stage in self.up:
            x = torch.cat((skips.pop(), stage(functional.relu(x))), 1)
        return torch.tanh(self.last(functional.relu(x)))


def patchgan(filters):
    layers, wide = [], 3
    for i, (factor, stride) in enumerate(((1, 2), (2, 2), (4, 2), (8, 1))):
        layers.append(nn.Conv2d(wide, factor * filters, 4, stride, 1, bias=i == 0))
        if i:
            layers.append(nn.BatchNorm2d(factor * filters))
        layers.append(nn.LeakyReLU(0.2, inplace=True))
        wide = factor * filters
    return nn.Sequential(*layers, nn.Conv2d(wide, 1, 4, 1, 1))


class Trainer:
    def __init__(self, args):
        layout = torch.channels_last if args.channels_last else torch.contiguous_format
        self.gen = UNet(args.filters, args.levels).to(memory_format=layout)
        self.dis = patchgan(args.filters).to(memory_format=layout)
        self.optimizer = [torch.optim.Adam(m.parameters(), 2e-4, (0.5, 0.999)) for m in (self.gen, self.dis)]
        side = (args.batch, 1, args.size, args.size)
        self.x = (2 * torch.rand(side) - 1).to(memory_format=layout)
        self.y = (2 * torch.rand(side).expand(-1, 2, -1, -1) - 1).contiguous(memory_format=layout)
        self.run_gen, self.run_dis = self.gen, self.dis
        if args.compile:
            self.run_gen, self.run_dis = torch.compile(self.gen), torch.compile(self.dis)

    def adversarial(self, ab, real):
        logits = self.run_dis(torch.cat((self.x, ab), 1))
        target = torch.full_like(logits, float(real))
        return functional.binary_cross_entropy_with_logits(logits, target)

    def step(self):
        """The discriminator learns first; the generator then has to fool the new one."""
        gen, dis = self.optimizer
        fake = self.run_gen(self.x)
        self.dis.requires_grad_(True)
        dis.zero_grad()
        loss_d = (self.adversarial(fake.detach(), False) + self.adversarial(self.y, True)) / 2
        loss_d.backward()
        dis.step()
        self.dis.requires_grad_(False)
        gen.zero_grad()
        loss_g = self.adversarial(fake, True) + 100 * functional.l1_loss(fake, self.y)
        loss_g.backward()
        gen.step()
        return loss_d.item(), loss_g.item()


def main():
    args = arguments()
    if args.compile and not hasattr(torch, "compile"):
        skip(f"PyTorch {torch.__version__} has no torch.compile")
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    trainer, seconds = Trainer(args), []
    for _ in range(args.steps + WARM_UP):
        begin = time.perf_counter()
        trainer.step()
        seconds.append(time.perf_counter() - begin)
    print(f"torch_s {statistics.median(seconds[WARM_UP:]):.6f}")
    print(f"torch_peak_mib {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}")


main()
