// The formats a result can be saved in: this list is all there is to extend.
import { keyHeaders } from "./key.js";
import { withEdits } from "./page_text.js";

// `make` resolves with a Blob for items that are read. Formats with `option` are made by the service out of the
// picture, one at a time, and are offered if its POST /ocr has that value of `format`.
export const FORMATS = [
  { name: "TXT", ending: "txt", make: makeText },
  { name: "JSON", ending: "json", make: makeJson },
  ...[
    { name: "hOCR", ending: "hocr", option: "hocr" },
    { name: "ALTO", ending: "alto.xml", option: "alto" },
    { name: "TSV", ending: "tsv", option: "tsv" },
    { name: "PDF", ending: "pdf", option: "pdf" },
  ].map((format) => ({ ...format, make: ([item]) => askService(item.file, format.option) })),
];

// Resolves with the formats that this service can give.
export async function offeredFormats() {
  const made = await serviceFormats().catch(() => []);
  return FORMATS.filter((format) => !format.option || made.includes(format.option));
}

// The text of items that are read; with several, each under the name of its file.
export function textOf(items) {
  if (items.length === 1) return pageOf(items[0]).text;
  return items.map((item) => `${item.name}\n\n${pageOf(item).text}`).join("\n\n\n");
}

// Makes the file and hands it to the browser to be saved.
export async function save(format, items) {
  const name = items.length === 1 ? items[0].name.replace(/\.\w+$/, "") : "pictures";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await format.make(items));
  link.download = `${name}.${format.ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const pageOf = (item) => withEdits(item.result, item.edits);

async function makeText(items) {
  return new Blob([textOf(items), "\n"], { type: "text/plain" });
}

async function makeJson(items) {
  const pages = items.map((item) => ({ file: item.name, ...pageOf(item) }));
  return new Blob([JSON.stringify(pages.length === 1 ? pages[0] : pages, null, 2)], { type: "application/json" });
}

async function askService(file, option) {
  const form = new FormData();
  form.append("format", option);
  form.append("file", file);
  const response = await fetch("/ocr", { method: "POST", body: form, headers: keyHeaders() });
  if (!response.ok) throw new Error((await response.json().catch(() => ({}))).error);
  return response.blob();
}

async function serviceFormats() {
  const api = await (await fetch("/openapi.json")).json();
  const form = api.paths["/ocr"].post.requestBody.content["multipart/form-data"].schema;
  return form.properties.format?.enum ?? [];
}
