// A generator that `gan export` wrote, in onnxruntime-web.
import * as ort from "./ort/ort.wasm.bundle.min.mjs";
import { fitFrame, see } from "./frame.js";
import { join } from "./guide.js";
import { readMetadata } from "./metadata.js";

// What the file says about itself, or an error that says what to do.
function describe(bytes) {
    let about = {};
    try {
        about = readMetadata(bytes);
    } catch {
        // no ONNX file at all: the same advice
    }
    const side = /^\[data\]$[^[]*^size = (\d+)$/m.exec(about["gan.config"])?.[1];
    if (!about["gan.io"] || !side) throw new Error("The model is no ONNX file that gan exported.");
    if (about["gan.io"] !== "lab") throw new Error("The model is for RGB: export it again with --io lab.");
    if (about["gan.size"]) throw new Error("The model takes one size only: export it again without --size.");
    return { side: Number(side), multiple: Number(about["gan.multiple"]) };
}

async function download(url) {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error("There is no model here: start serve.py with an exported .onnx file.");
    return new Uint8Array(await answer.arrayBuffer());
}

export async function openModel(url) {
    const bytes = await download(url), about = describe(bytes);
    return { ...about, session: await ort.InferenceSession.create(bytes) };
}

// Colours ImageData in place, as `gan colorize` does. Milliseconds of each part.
export async function colour(model, picture) {
    const frame = fitFrame(picture.width, picture.height, model.side, model.multiple);
    const started = performance.now();
    const seen = see(frame, picture);
    const reduced = performance.now();
    const x = new ort.Tensor("float32", seen, [1, 1, frame.paddedH, frame.paddedW]);
    const { y } = await model.session.run({ x });
    const run = performance.now();
    join(picture, frame, seen, y.data);
    const times = { reduce: reduced - started, network: run - reduced, join: performance.now() - run };
    x.dispose();
    y.dispose();
    return { frame, times };
}
