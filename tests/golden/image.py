#!/usr/bin/python3
"""Golden values for pictures, colour and metrics: what Pillow and scikit-image compute.

    tests/golden/image.py           writes the files of tests/golden/image

Needs Pillow and scikit-image on libjpeg-turbo (Debian 12: python3-pil, python3-skimage) and a little-endian machine.
The pictures are drawn here: slopes, shapes and noise.

source.png               45x61, the picture that most of the others are made from
jpeg/NAME.jpg, NAME.png  a file and its pixels: subsamplings, gray, progressive, orientations 1 to 8
jpeg/cmyk.jpg            to be refused
jpeg/reduced.jpg         and reduced_2.png, _4, _8: decoded at a fraction of the size
resize.rgb               source.png resized to SIZES by bicubic, then by Lanczos; 8-bit RGB
plane.f32                a 31x23 plane, then it resized to PLANE_SIZES by bicubic, then by Lanczos; 32-bit floats
lab.f32                  L, a, b of every colour whose R, G and B are among LEVELS, B running fastest; 32-bit floats
metrics.csv              per pair of pictures PSNR, SSIM, the colourfulness of the second, mean CIEDE2000
"""

import os

import numpy as np
from PIL import Image, ImageDraw, ImageOps
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

SIZES = [(20, 27), (45, 30), (23, 61), (64, 87), (1, 1), (5, 7), (90, 11), (45, 61)]
LEVELS = [0, 1, 5, 10, 11, 40, 90, 128, 200, 255]
PLANE_SIZES = [(12, 9), (50, 37), (31, 46), (1, 1)]
FILTERS = [Image.BICUBIC, Image.LANCZOS]

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "image")


def draw(width, height, seed):
    """A colourful picture: slopes, three shapes and a little noise."""
    y, x = np.mgrid[0:height, 0:width]
    slopes = np.stack([255 * x / width, 255 * y / height, 128 + 120 * np.sin(x * 0.2 + y * 0.1)], -1)
    picture = Image.fromarray(slopes.clip(0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    pen.ellipse([width * 0.1, height * 0.1, width * 0.6, height * 0.4], fill=(250, 30, 40))
    pen.rectangle([width * 0.5, height * 0.5, width * 0.9, height * 0.7], fill=(0, 0, 0))
    pen.line([0, height, width, 0], fill=(255, 255, 255), width=2)
    noise = np.random.RandomState(seed).randint(-12, 13, (height, width, 3))
    return Image.fromarray((np.asarray(picture).astype(int) + noise).clip(0, 255).astype(np.uint8))


def save(picture, name):
    picture.save(os.path.join(FOLDER, name), optimize=True)


def save_jpeg(picture, name, **options):
    """Writes a JPEG and, beside it, its pixels the right way up."""
    path = os.path.join(FOLDER, "jpeg", name)
    picture.save(path + ".jpg", **options)
    pixels = ImageOps.exif_transpose(Image.open(path + ".jpg")).convert("RGB")
    save(pixels, os.path.join("jpeg", name + ".png"))


def orientation(value, byte_order):
    exif = Image.Exif()
    exif.endian = byte_order
    exif[0x010F] = "somebody"
    exif[0x0112] = value
    return exif.tobytes()


def write_jpegs(source):
    save_jpeg(source, "420", quality=85, subsampling=2)
    save_jpeg(source, "422", quality=85, subsampling=1)
    save_jpeg(source, "444", quality=85, subsampling=0)
    save_jpeg(source.convert("L"), "gray", quality=85)
    save_jpeg(source, "progressive", quality=85, progressive=True)
    small = source.resize((26, 19), Image.BICUBIC)
    for value in range(1, 9):
        save_jpeg(small, f"orientation_{value}", quality=85, exif=orientation(value, "<" if value % 2 else ">"))
    source.convert("CMYK").save(os.path.join(FOLDER, "jpeg", "cmyk.jpg"))


def write_reduced():
    path = os.path.join(FOLDER, "jpeg", "reduced")
    draw(125, 101, 2).save(path + ".jpg", quality=80)
    for by in (2, 4, 8):
        reduced = Image.open(path + ".jpg")
        reduced.draft("RGB", (125 // by, 101 // by))
        assert reduced.size == (-(-125 // by), -(-101 // by))
        save(reduced, f"jpeg/reduced_{by}.png")


def write_resized(source):
    with open(os.path.join(FOLDER, "resize.rgb"), "wb") as out:
        for kind in FILTERS:
            for size in SIZES:
                out.write(source.resize(size, kind).tobytes())
    plane = np.random.RandomState(3).uniform(-110, 110, (23, 31)).astype("<f4")
    with open(os.path.join(FOLDER, "plane.f32"), "wb") as out:
        out.write(plane.tobytes())
        for kind in FILTERS:
            for size in PLANE_SIZES:
                out.write(np.asarray(Image.fromarray(plane).resize(size, kind)).astype("<f4").tobytes())


def write_lab():
    levels = np.array(LEVELS, dtype=np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(1, -1, 3)
    rgb2lab(cube)[0].astype("<f4").tofile(os.path.join(FOLDER, "lab.f32"))


def colourfulness(rgb):
    """Hasler and Suesstrunk 2003."""
    r, g, b = (rgb[..., c].astype(float) for c in range(3))
    rg, yb = r - g, (r + g) / 2 - b
    return np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())


def ssim(first, second):
    """Over the valid part, as Wang et al. 2004 have it: scikit-image leaves out the border of 5."""
    return structural_similarity(first, second, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
                                 data_range=255, channel_axis=2)


def exact_lab(rgb):
    """CIELAB by B. Lindbloom's matrix, whose gray has no chroma: scikit-image's has 0.01, and CIEDE2000 minds."""
    v = rgb / 255.0
    linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                       [0.0193339, 0.1191920, 0.9503041]])
    t = linear @ matrix.T / matrix.sum(1)
    f = np.where(t > 216 / 24389, np.cbrt(t), t * 841 / 108 + 4 / 29)
    x, y, z = (f[..., i] for i in range(3))
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def write_metrics():
    with open(os.path.join(FOLDER, "metrics.csv"), "w", encoding="ascii") as out:
        out.write("first,second,psnr,ssim,colourfulness,delta_e\n")
        for name in ("jpeg/420.png", "jpeg/444.png", "jpeg/gray.png", "jpeg/progressive.png"):
            first, second = (np.asarray(Image.open(os.path.join(FOLDER, p))) for p in ("source.png", name))
            delta_e = deltaE_ciede2000(exact_lab(first), exact_lab(second)).mean()
            values = peak_signal_noise_ratio(first, second), ssim(first, second), colourfulness(second), delta_e
            out.write("source.png,%s,%.9f,%.9f,%.9f,%.9f\n" % ((name,) + values))


def main():
    os.makedirs(os.path.join(FOLDER, "jpeg"), exist_ok=True)
    source = draw(45, 61, 1)
    save(source, "source.png")
    write_jpegs(source)
    write_reduced()
    write_resized(source)
    write_lab()
    write_metrics()


if __name__ == "__main__":
    main()
