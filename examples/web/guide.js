// Chroma as a function of luminance, so that colours stop at edges: at each place of the network's picture a straight
// line chroma = slope * luminance + base, as in the guided filter (He, Sun and Tang 2013), interpolated to the full size
// (He and Sun 2015). src/colorize/guide.c and join.c in JavaScript; guide.h says where it differs from the papers.
import { BICUBIC, BILINEAR, makeAxis, mix } from "./axis.js";
import { luminance, writePixel } from "./lab.js";

const NOISE = 1e-3; // variance of luminance at which a slope is halved
const TINY = 1e-9;  // keeps the fit's quality of a place without variance finite
const PARTS = 4;    // numbers of a cell: of a line slope and base, of a bound least and most; for a, then for b

// Without the padding.
function crop(plane, offset, frame) {
    const cropped = new Float64Array(frame.w * frame.h);
    for (let y = 0; y < frame.h; y++) {
        const from = offset + y * frame.paddedW;
        cropped.set(plane.subarray(from, from + frame.w), y * frame.w);
    }
    return cropped;
}

// Each sample with its eight neighbours; the edge is repeated.
function gather(plane, { w, h }, three) {
    const rows = plane.map((at, i) => three(plane[i % w ? i - 1 : i], at, plane[i % w < w - 1 ? i + 1 : i]));
    return rows.map((at, i) => three(rows[i >= w ? i - w : i], at, rows[i < w * (h - 1) ? i + w : i]));
}

const mean = (plane, frame) => gather(plane, frame, (a, b, c) => (a + b + c) / 3);
const product = (p, q) => p.map((v, i) => v * q[i]);

// Mean over 3x3 of p q, less the product of their means.
function covariance(p, q, frame) {
    const meanP = mean(p, frame), meanQ = mean(q, frame);
    return mean(product(p, q), frame).map((v, i) => v - meanP[i] * meanQ[i]);
}

// How much of each chroma plane follows luminance: covariance over variance, less where the fit is poor.
function slopes(x, ab, frame) {
    const variance = covariance(x, x, frame);
    const own = ab.map((c) => covariance(c, c, frame)), shared = ab.map((c) => covariance(x, c, frame));
    const gain = variance.map((v, i) => {
        const explained = shared[0][i] ** 2 + shared[1][i] ** 2;
        const quality = Math.min(explained / (v * (own[0][i] + own[1][i]) + TINY), 1);
        return quality / (v + NOISE);
    });
    return shared.map((s) => mean(product(gain, s), frame));
}

// { lines, bounds }: PARTS numbers per cell of the frame. Lines pass through the network's own colours; bounds are the
// least and the most of them around the cell.
function makeGuide(frame, seen, chroma) {
    const n = frame.w * frame.h, lines = new Float64Array(PARTS * n), bounds = new Float64Array(PARTS * n);
    const x = crop(seen, 0, frame), ab = [0, 1].map((c) => crop(chroma, c * frame.paddedW * frame.paddedH, frame));
    slopes(x, ab, frame).forEach((slope, c) => {
        const least = gather(ab[c], frame, Math.min), most = gather(ab[c], frame, Math.max);
        for (let i = 0; i < n; i++) {
            lines.set([slope[i], ab[c][i] - slope[i] * x[i]], PARTS * i + 2 * c);
            bounds.set([least[i], most[i]], PARTS * i + 2 * c);
        }
    });
    return { lines, bounds };
}

const within = (v, least, most) => Math.min(Math.max(v, least), most);

// Gives ImageData its chroma, in place: `seen` and `chroma` are the network's input and output.
export function join(picture, frame, seen, chroma) {
    const { width, height, data } = picture, { lines, bounds } = makeGuide(frame, seen, chroma);
    const axes = [BICUBIC, BILINEAR].map((f) => [makeAxis(frame.w, width, f), makeAxis(frame.h, height, f)]);
    const [[lineAcross, lineDown], [boundAcross, boundDown]] = axes;
    const numbers = PARTS * frame.w, lineRow = new Float64Array(numbers), boundRow = new Float64Array(numbers);
    const line = new Float64Array(PARTS), bound = new Float64Array(PARTS), x = new Float64Array(width);
    for (let y = 0; y < height; y++) {
        mix(lineDown[y], lines, 0, numbers, numbers, lineRow);
        mix(boundDown[y], bounds, 0, numbers, numbers, boundRow);
        luminance(data, 4 * y * width, width, x);
        for (let i = 0; i < width; i++) {
            mix(lineAcross[i], lineRow, 0, PARTS, PARTS, line);
            mix(boundAcross[i], boundRow, 0, PARTS, PARTS, bound);
            writePixel(data, 4 * (y * width + i), x[i], within(line[0] * x[i] + line[1], bound[0], bound[1]),
                       within(line[2] * x[i] + line[3], bound[2], bound[3]));
        }
    }
}
