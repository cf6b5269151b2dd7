// What is seen and touched; worker.js does the work.

const at = Object.fromEntries([...document.querySelectorAll("[id]")].map((element) => [element.id, element]));
const worker = new Worker("./worker.js", { type: "module" });
let name = "";    // of the picture on the stage
let waiting = 0;  // files that the worker has not answered

function say(text, wrong = false) {
    at.status.textContent = text;
    at.status.classList.toggle("wrong", wrong);
}

function show(canvas, bitmap) {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    bitmap.close();
}

// As large as the stage allows, but no pixel larger than 2.
function fit() {
    if (at.pictures.hidden) return;
    const { width, height } = at.after;
    const scale = Math.min(at.stage.clientWidth / width, at.stage.clientHeight / height, 2);
    at.pictures.style.width = `${width * scale}px`;
    at.pictures.style.height = `${height * scale}px`;
}

function offer(blob) {
    URL.revokeObjectURL(at.download.href);
    at.download.href = URL.createObjectURL(blob);
    at.download.download = `${name.replace(/\.[^.]*$/, "")}-coloured.png`;
    at.download.hidden = waiting > 0;
}

function finish({ file, before, after, frame, times }) {
    name = file;
    const size = `${after.width} × ${after.height} pixels, of which the network saw ${frame.w} × ${frame.h}`;
    const parts = Object.entries(times).map(([part, ms]) => `${part} ${Math.round(ms)} ms`).join(", ");
    show(at.before, before);
    show(at.after, after);
    at.invitation.hidden = true;
    at.pictures.hidden = at.another.hidden = false;
    at.stage.classList.remove("empty");
    fit();
    at.after.toBlob(offer);
    say(`${size}: ${parts}`);
}

worker.onmessage = ({ data }) => {
    if (data.ready) return waiting || say(`Ready. The network was trained at ${data.ready} pixels.`);
    if (!data.fatal) waiting--;
    at.stage.classList.toggle("busy", waiting > 0);
    at.download.hidden = !name;
    return data.error ? say(data.error, true) : finish(data);
};
worker.onerror = () => say("onnxruntime-web is not here: run npm install in this folder, and reload.", true);

function start(file) {
    if (!file) return;
    waiting++;
    at.stage.classList.add("busy");
    at.download.hidden = true;
    say(`Colouring ${file.name} …`);
    worker.postMessage(file);
}

at.file.onchange = () => {
    start(at.file.files[0]);
    at.file.value = "";
};
at.another.onclick = () => at.file.click();
at.split.oninput = () => at.pictures.style.setProperty("--split", `${at.split.value}%`);
new ResizeObserver(fit).observe(at.stage);

document.ondragover = (event) => {
    event.preventDefault();
    at.stage.classList.add("over");
};
document.ondragleave = (event) => {
    if (!event.relatedTarget) at.stage.classList.remove("over");
};
document.ondrop = (event) => {
    event.preventDefault();
    at.stage.classList.remove("over");
    start(event.dataTransfer.files[0]);
};
document.onpaste = (event) => start(event.clipboardData.files[0]);
