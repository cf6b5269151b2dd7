// How a picture is shown to the network: reduced, and padded by mirroring to what it can take. src/colorize/frame.c in
// JavaScript.
import { BICUBIC, makeAxis } from "./axis.js";
import { luminance } from "./lab.js";

const MAX_ASPECT = 8; // a longer picture is reduced until its long side is this many times the short one's size

const roundUp = (n, multiple) => Math.ceil(n / multiple) * multiple;

function mirrored(i, n) {
    const period = n > 1 ? 2 * (n - 1) : 1, at = i % period;
    return at < n ? at : period - at;
}

// { w, h, paddedW, paddedH } for a picture of width * height, and a network trained at `side` that takes `multiple`s.
export function fitFrame(width, height, side, multiple) {
    const low = Math.min(width, height), high = Math.max(width, height);
    const scale = high > MAX_ASPECT * low ? MAX_ASPECT * side / high : side / low;
    const [w, h] = [width, height].map((n) => Math.max(1, Math.floor(n * scale + 0.5)));
    const [paddedW, paddedH] = [w, h].map((n) => roundUp(Math.max(n, side), multiple));
    return { w, h, paddedW, paddedH };
}

// Luminance, reduced: each row along itself as it comes, then added to the rows below which it lies.
function reduce(picture, w, h) {
    const { width, height, data } = picture;
    const across = makeAxis(width, w, BICUBIC), down = makeAxis(height, h, BICUBIC);
    const row = new Float64Array(width), reduced = new Float64Array(w), seen = new Float32Array(w * h);
    let begin = 0; // destination rows before this one are done
    for (let y = 0; y < height; y++) {
        luminance(data, 4 * y * width, width, row);
        across.forEach(({ first, weights }, x) => {
            reduced[x] = weights.reduce((sum, weight, k) => sum + weight * row[first + k], 0);
        });
        while (begin < h && down[begin].first + down[begin].weights.length <= y) begin++;
        for (let to = begin; to < h && down[to].first <= y; to++) {
            const weight = down[to].weights[y - down[to].first];
            for (let x = 0; x < w; x++) seen[to * w + x] += weight * reduced[x];
        }
    }
    return seen;
}

// What the network sees of ImageData: one plane, paddedW * paddedH. Bicubic weights overshoot, so it is clipped.
export function see(frame, picture) {
    const seen = reduce(picture, frame.w, frame.h), x = new Float32Array(frame.paddedW * frame.paddedH);
    for (let row = 0, at = 0; row < frame.paddedH; row++)
        for (let col = 0; col < frame.paddedW; col++, at++)
            x[at] = Math.min(Math.max(seen[mirrored(row, frame.h) * frame.w + mirrored(col, frame.w)], -1), 1);
    return x;
}
