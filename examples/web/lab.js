// sRGB (IEC 61966-2-1) to the luminance of CIELAB (CIE 15, D65) and, with chroma, back: src/image/lab.c in JavaScript.
// A network sees L / 50 - 1 and makes a / 110 and b / 110.

const WHITE_X = 0.95047, WHITE_Z = 1.08883, AB_RANGE = 110;
const ENCODED = 65535; // cells of the table back to 8 bits: 20 to a value where the curve is steepest

const decode = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const encode = (v) => v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055;
const cubed = (f) => f > 6 / 29 ? f * f * f : (f - 4 / 29) * (108 / 841);

const linear = Float64Array.from({ length: 256 }, (_, v) => decode(v / 255));
const encoded = Uint8Array.from({ length: ENCODED + 1 }, (_, v) => Math.round(255 * encode(v / ENCODED)));
const toByte = (v) => encoded[v > 0 ? v < 1 ? Math.round(v * ENCODED) : ENCODED : 0];

// Pixels of RGBA, from `at`, to n floats.
export function luminance(rgba, at, n, x) {
    for (let i = 0; i < n; i++, at += 4) {
        const y = 0.2126729 * linear[rgba[at]] + 0.7151522 * linear[rgba[at + 1]] + 0.0721750 * linear[rgba[at + 2]];
        const f = y > 216 / 24389 ? Math.cbrt(y) : y * (841 / 108) + 4 / 29;
        x[i] = f * (116 / 50) - 16 / 50 - 1;
    }
}

// One pixel of luminance x and chroma a, b into rgba[at]; its alpha stays.
export function writePixel(rgba, at, x, a, b) {
    const f = (x + 1 + 16 / 50) * (50 / 116);
    const X = WHITE_X * cubed(f + a * (AB_RANGE / 500)), Y = cubed(f), Z = WHITE_Z * cubed(f - b * (AB_RANGE / 200));
    rgba[at] = toByte(3.2404542 * X - 1.5371385 * Y - 0.4985314 * Z);
    rgba[at + 1] = toByte(-0.9692660 * X + 1.8760108 * Y + 0.0415560 * Z);
    rgba[at + 2] = toByte(0.0556434 * X - 0.2040259 * Y + 1.0572252 * Z);
}
