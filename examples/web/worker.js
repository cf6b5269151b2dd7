// All that takes time, beside the page. Gets files; answers { ready }, { file, before, after, frame, times } or { error }.
import { colour, openModel } from "./model.js";

const MOST_PIXELS = 50e6;

const model = openModel("./model.onnx");
model.then(({ side }) => postMessage({ ready: side }), (error) => postMessage({ error: error.message, fatal: true }));

// 8-bit sRGB, upright, on white.
async function decode(file) {
    const bitmap = await createImageBitmap(file).catch(() => {
        throw new Error(`“${file.name}” is no picture that this browser can read.`);
    });
    const { width, height } = bitmap;
    if (width * height > MOST_PIXELS) throw new Error(`“${file.name}” has more than ${MOST_PIXELS / 1e6} million pixels.`);
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    context.fillStyle = "white";
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return context.getImageData(0, 0, width, height);
}

async function answer(file) {
    const started = performance.now();
    const picture = await decode(file), read = performance.now() - started;
    const before = await createImageBitmap(picture);
    const { frame, times } = await colour(await model, picture);
    const after = await createImageBitmap(picture);
    postMessage({ file: file.name, before, after, frame, times: { read, ...times } }, [before, after]);
}

// One at a time, in the order in which they came.
let last = Promise.resolve();
onmessage = ({ data: file }) => {
    last = last.then(() => answer(file)).catch((error) => postMessage({ error: error.message }));
};
