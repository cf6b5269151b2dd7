// What `gan export` wrote into an .onnx file beside the network: its metadata_props, which onnxruntime-web does not show.
// Protocol buffers: a key (field number and wire type) before each value; onnx.proto says the numbers.

const VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5;
const MODEL_METADATA = 14, ENTRY_KEY = 1, ENTRY_VALUE = 2;

function varint(bytes, at) {
    let value = 0;
    for (let scale = 1; at < bytes.length && scale < 2 ** 53; scale *= 128) {
        const byte = bytes[at++];
        value += (byte & 127) * scale;
        if (byte < 128) return [value, at];
    }
    throw new Error("cut off");
}

// The length-delimited fields of a message, as [number, bytes]; others are passed over.
function* fields(bytes) {
    for (let at = 0, key, size; at < bytes.length; at += size) {
        [key, at] = varint(bytes, at);
        const type = key % 8;
        if (type === VARINT) size = varint(bytes, at)[1] - at;
        else if (type === BYTES) [size, at] = varint(bytes, at);
        else if (type === FIXED32 || type === FIXED64) size = type === FIXED32 ? 4 : 8;
        else throw new Error("no such wire type");
        if (at + size > bytes.length) throw new Error("cut off");
        if (type === BYTES) yield [Math.floor(key / 8), bytes.subarray(at, at + size)];
    }
}

// { "gan.io": "lab", ... }; throws if the bytes are no protocol buffer.
export function readMetadata(bytes) {
    const text = new TextDecoder(), found = {};
    for (const [number, entry] of fields(bytes))
        if (number === MODEL_METADATA) {
            const parts = Object.fromEntries(fields(entry));
            found[text.decode(parts[ENTRY_KEY])] = text.decode(parts[ENTRY_VALUE]);
        }
    return found;
}
