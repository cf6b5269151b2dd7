"""The two generators of the reference implementation of pix2pix, with the names and numbers that its modules have.

Recorded from its state dicts; the code is ours. Norms: "batch", "instance", "none".
"""
import torch
from torch import nn

NORMS = {
    "batch": nn.BatchNorm2d,
    "instance": lambda channels: nn.InstanceNorm2d(channels, affine=False, track_running_stats=False),
    "none": lambda channels: nn.Identity(),
}


class Level(nn.Module):
    """One level of the U-Net around the next one; joined with its input unless it is the outermost."""

    def __init__(self, outer, inner, norm, inside=None, entry=None, exit=None, dropout=False):
        super().__init__()
        bias = norm == "instance"
        down = nn.Conv2d(entry or outer, inner, 4, 2, 1, bias=bias)
        up = nn.ConvTranspose2d(2 * inner if inside else inner, exit or outer, 4, 2, 1, bias=bias or bool(exit))
        modules = [down] if exit else [nn.LeakyReLU(0.2), down]
        if inside:
            modules += [inside] if exit else [NORMS[norm](inner), inside]
        modules += [nn.ReLU(), up, nn.Tanh() if exit else NORMS[norm](outer)]
        if dropout:
            modules.append(nn.Dropout(0.5))
        self.model = nn.Sequential(*modules)
        self.joined = not exit

    def forward(self, x):
        return torch.cat([x, self.model(x)], 1) if self.joined else self.model(x)


class UNet(nn.Module):
    def __init__(self, levels, filters, norm="batch", dropout=False):
        super().__init__()
        width = [filters * min(2**i, 8) for i in range(levels)]
        inside = None
        for i in range(levels - 1, 0, -1):
            dropping = dropout and inside is not None and i >= 4
            inside = Level(width[i - 1], width[i], norm, inside, dropout=dropping)
        self.model = Level(filters, filters, norm, inside, entry=1, exit=2)

    def forward(self, x):
        return self.model(x)


class Residual(nn.Module):
    def __init__(self, channels, norm, dropout):
        super().__init__()
        bias = norm == "instance"
        modules = [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3, bias=bias), NORMS[norm](channels), nn.ReLU()]
        modules += [nn.Dropout(0.5)] if dropout else []
        modules += [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3, bias=bias), NORMS[norm](channels)]
        self.conv_block = nn.Sequential(*modules)

    def forward(self, x):
        return x + self.conv_block(x)


class ResNet(nn.Module):
    def __init__(self, blocks, filters, norm="batch", dropout=False):
        super().__init__()
        bias = norm == "instance"
        modules = [nn.ReflectionPad2d(3), nn.Conv2d(1, filters, 7, bias=bias), NORMS[norm](filters), nn.ReLU()]
        for i in (1, 2):
            modules += [nn.Conv2d(filters * i, filters * 2 * i, 3, 2, 1, bias=bias), NORMS[norm](filters * 2 * i)]
            modules += [nn.ReLU()]
        modules += [Residual(4 * filters, norm, dropout) for _ in range(blocks)]
        for i in (4, 2):
            modules += [nn.ConvTranspose2d(filters * i, filters * i // 2, 3, 2, 1, 1, bias=bias)]
            modules += [NORMS[norm](filters * i // 2), nn.ReLU()]
        modules += [nn.ReflectionPad2d(3), nn.Conv2d(filters, 2, 7), nn.Tanh()]
        self.model = nn.Sequential(*modules)

    def forward(self, x):
        return self.model(x)


def fill(network, seed=1):
    """Values of the usual sizes, statistics included, so that every parameter matters."""
    draw = torch.Generator().manual_seed(seed)
    for name, t in network.state_dict().items():
        if not t.is_floating_point():
            continue
        noise = torch.rand(t.shape, generator=draw) * 2 - 1
        if t.ndim == 4:
            t.copy_(noise * (1.5 / t[0].numel()) ** 0.5)
        elif name.endswith("running_var"):
            t.copy_(0.6 + 0.5 * noise)
        elif name.endswith("weight"):
            t.copy_(1 + 0.3 * noise)
        else:
            t.copy_(0.2 * noise)
    return network.eval()
