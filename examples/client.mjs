// Reads pictures with fetch, in Node 20 or newer: node examples/client.mjs [ADDRESS]
// In a page, a picture is the File of an input element; OCR_CORS_ORIGINS must name the page's origin.
import { readFile } from "node:fs/promises";

const address = process.argv[2] ?? "http://127.0.0.1:8000";
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Returns the answer to a form; where the service is busy or asked too often, waits as it asks and sends the form again. */
async function post(path, form, attempts = 5) {
  for (let attempt = 1; ; attempt++) {
    const signal = AbortSignal.timeout(30_000);
    const answer = await fetch(address + path, { method: "POST", body: form, signal });
    if (answer.ok) return answer;
    if (![429, 503].includes(answer.status) || attempt === attempts) {
      const { error, code } = await answer.json();
      throw new Error(`${error} (${answer.status} ${code})`);
    }
    await pause(Number(answer.headers.get("Retry-After")));
  }
}

/** Yields [name, data] of each server-sent event. */
async function* events(answer) {
  let rest = "";
  for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const found = /^event: (.+)\ndata: (.+)$/.exec(block); // a comment is none
      if (found) yield [found[1], JSON.parse(found[2])];
    }
  }
}

/** Returns a form with pictures of this folder. */
async function formOf(...names) {
  const form = new FormData();
  for (const name of names) {
    form.append("file", new Blob([await readFile(new URL(name, import.meta.url))]), name);
  }
  return form;
}

const page = await (await post("/ocr", await formOf("notice.png"))).json();
for (const line of page.results) console.log(line.confidence.toFixed(2), line.bbox.join(" "), line.text);

for await (const [name, data] of events(await post("/ocr/stream", await formOf("line-en.png", "line-zh.png")))) {
  if (name === "line") console.log(`file ${data.file + 1} of ${data.files}: ${data.text}`);
}
