// Opens pages in Chromium and gives them picture files:
//     node browser.mjs CHROMIUM drop|choose FOLDER STEP...
// A step is the address of a page to open, or a picture: "drop" lets it fall on the page, "choose" puts it into the file
// chooser. Prints a JSON line for each: { status, errors, pixels, download }. Where the page offers a download, it is
// FOLDER/N.png of step N, from 1, the pixels of its first canvas are FOLDER/N.rgba (of pixels.width * pixels.height), and
// what is seen then is FOLDER/N-seen.png. Modules are looked for in $GAN_CLIENTS/node.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";

const { chromium } = createRequire(join(process.env.GAN_CLIENTS, "node", "/"))("playwright-core");
const QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
               "--disable-component-update", "--disable-sync"];
const PATIENCE = 60e3; // milliseconds

const [executablePath, how, folder, ...steps] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: QUIET });
const page = await browser.newPage({ viewport: { width: 1100, height: 800 } });
page.setDefaultTimeout(PATIENCE);
let errors = [];
page.on("pageerror", (error) => errors.push(error.message));

const give = {
    choose: (picture) => page.setInputFiles("input[type=file]", picture),
    async drop(picture) {
        const bytes = readFileSync(picture).toString("base64");
        await page.evaluate(async ([name, base64]) => {
            const blob = await (await fetch(`data:;base64,${base64}`)).blob(), dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([blob], name));
            document.querySelector("main").dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
        }, [basename(picture), bytes]);
    },
};

// Runs in the page.
function takePixels() {
    const canvas = document.querySelector("canvas"), { width, height } = canvas;
    const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    return { width, height, data: Array.from(pixels) };
}

async function save(n) {
    const path = (ending) => join(folder, `${n}${ending}`), { data, ...pixels } = await page.evaluate(takePixels);
    writeFileSync(path(".rgba"), Buffer.from(data));
    await page.screenshot({ path: path("-seen.png") });
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("a[download]")]);
    await download.saveAs(resolve(path(".png")));
    return { pixels, download: download.suggestedFilename() };
}

async function open(url) {
    await page.goto(url);
    await page.waitForFunction(() => !/^Loading/.test(document.querySelector("[role=status]")?.textContent));
    await page.waitForSelector("input[type=file]:enabled", { state: "attached" });
    return {};
}

async function colour(picture, n) {
    await give[how](picture);
    await page.waitForFunction(() => document.querySelector("a[download][href]:not([hidden]), [role=status].wrong"));
    return await page.$("[role=status].wrong") ? {} : save(n);
}

for (const [i, step] of steps.entries()) {
    const found = await (/^http:/.test(step) ? open : colour)(step, i + 1);
    const status = await page.evaluate(() => document.querySelector("[role=status]")?.textContent);
    console.log(JSON.stringify({ status, errors, ...found }));
    errors = [];
}
await browser.close();
