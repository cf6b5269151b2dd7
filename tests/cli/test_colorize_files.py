#!/usr/bin/env python3
"""Files of gan colorize as other programs see them: EXIF, ICC profile, orientation, 16 bits. Needs Pillow and numpy."""
import io
import os
import struct
import subprocess
import sys
import tempfile
import zlib

try:
    import numpy as np
    from PIL import Image, ImageCms, ImageOps
except ImportError as missing:  # a Python installed by hand has not what the system's has
    if sys.argv[1:] != ["again"] and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", __file__, "again"])
    print(f"not installed: {missing}")
    sys.exit(77)

GAN = os.environ["GAN"]
MAKE, ORIENTATION, GPS = 0x010F, 0x0112, 0x8825
CONFIG = """[data]
train = drawn
val = drawn
size = 32
[generator]
filters = 4
levels = 3
[train]
recipe = regression
batch = 2
epochs = 1
decay_epochs = 0
[checkpoint]
samples = 0
"""


def gan(*arguments):
    subprocess.run([GAN, *arguments], check=True, capture_output=True)


def colorize(source, target):
    gan("colorize", "run/best.safetensors", source, "-o", target)


def scene(w, h):
    y, x = np.mgrid[0:h, 0:w]
    return np.stack([127 + 100 * np.sin(x / 9), 127 + 90 * np.cos(y / 7), 40 + 150 * x / w], -1).astype(np.uint8)


def luminance(rgb):
    """CIE L of samples within 0..1."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    y = linear @ [0.2126729, 0.7151522, 0.0721750]
    return np.where(y > 216 / 24389, 116 * np.cbrt(y) - 16, y * 24389 / 27)


def tags():
    exif = Image.Exif()
    exif[MAKE] = "a camera"
    exif[GPS] = {1: "N", 2: (52.0, 31.0, 12.0)}
    return exif


PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def check_tags(ending):
    for orientation in range(1, 9):
        exif = tags()
        exif[ORIENTATION] = orientation
        image = Image.fromarray(scene(70, 50))
        image.save("in." + ending, exif=exif.tobytes(), icc_profile=PROFILE, quality=97, subsampling=0)
        colorize("in." + ending, "out." + ending)
        before, after = ImageOps.exif_transpose(Image.open("in." + ending)), Image.open("out." + ending)
        kept = after.getexif()
        assert after.size == before.size, (ending, orientation, after.size)
        assert kept[ORIENTATION] == 1 and kept[MAKE] == "a camera", (ending, orientation, dict(kept))
        assert kept.get_ifd(GPS)[1] == "N" and kept.get_ifd(GPS)[2] == (52.0, 31.0, 12.0), (ending, orientation)
        assert after.info["icc_profile"] == PROFILE, (ending, orientation)
        difference = luminance(np.asarray(after.convert("RGB")) / 255.0) - luminance(np.asarray(before) / 255.0)
        assert abs(difference).mean() < 2, (ending, orientation, abs(difference).mean())


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def write_png16(path, samples):
    """h * w * 3 numbers of 16 bits, or h * w of gray."""
    h, w = samples.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    header = struct.pack(">IIBBBBB", w, h, 16, 2 if samples.ndim == 3 else 0, 0, 0, 0)
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def paeth(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def unfilter(kind, row, above, step):
    for i in range(len(row)):
        a, c = (row[i - step], above[i - step]) if i >= step else (0, 0)
        b = above[i]
        row[i] = (row[i] + (0, a, b, (a + b) // 2, paeth(a, b, c))[kind]) & 255
    return row


def read_png16(path):
    """RGB of 16 bits; all that gan writes."""
    data = open(path, "rb").read()
    at, packed = 8, b""
    while at < len(data):
        n, name = struct.unpack(">I4s", data[at:at + 8])
        content = data[at + 8:at + 8 + n]
        at += 12 + n
        if name == b"IHDR":
            w, h, depth, colour = struct.unpack(">IIBB", content[:10])
            assert (depth, colour) == (16, 2), (depth, colour)
        packed += content if name == b"IDAT" else b""
    raw, rows, above = io.BytesIO(zlib.decompress(packed)), [], bytearray(6 * w)
    for _ in range(h):
        kind = raw.read(1)[0]
        above = unfilter(kind, bytearray(raw.read(6 * w)), above, 6)
        rows.append(np.frombuffer(bytes(above), ">u2"))
    return np.array(rows).reshape(h, w, 3).astype(np.float64)


def check_16_bits():
    y, x = np.mgrid[0:48, 0:64]
    gray = (15000 + 400 * x + 137 * y + 5 * (x * y % 17)).astype(np.uint16)
    write_png16("deep.png", gray)
    colorize("deep.png", "coloured.png")
    got = read_png16("coloured.png")
    difference = luminance(got / 65535) - luminance(np.repeat(gray[..., None], 3, -1) / 65535)
    inside = ((got > 0) & (got < 65535)).all(-1)  # what no screen can show is clipped
    assert inside.mean() > 0.9
    assert abs(difference[inside]).max() < 0.01, abs(difference[inside]).max()  # a step of 8 bits is 0.4
    assert np.ptp(got, axis=-1).mean() > 20, "no colour"


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        gan("scenes", "drawn", "--count", "8", "--size", "64")
        with open("model.ini", "w") as f:
            f.write(CONFIG)
        gan("train", "model.ini", "--out", "run", "--quiet")
        check_tags("jpg")
        check_tags("png")
        check_16_bits()
        os.chdir("/")
    print("all as expected")


main()
