// The formats a result can be saved in: this list is all there is to extend.
import { keyHeaders } from "./key.js";
import { withEdits } from "./page_text.js";
import { fieldsOf, isDocument, shownSheet } from "./sheets.js";

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
    { name: "PNG", ending: "png", option: "png" },
  ].map((format) => ({ ...format, make: ([item]) => askService(item, format.option) })),
];

// Resolves with the formats that this service can give.
export async function offeredFormats() {
  const made = await serviceFormats().catch(() => []);
  return FORMATS.filter((format) => !format.option || made.includes(format.option));
}

// The text of items that are read; with several, each under the name of its file.
export function textOf(items) {
  const text = (item) => pagesOf(item).map((page) => page.text).join("\n\n");
  if (items.length === 1) return text(items[0]);
  return items.map((item) => `${item.name}\n\n${text(item)}`).join("\n\n\n");
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

const readSheets = (item) => item.sheets.filter((sheet) => sheet.result); // a page that was turned may be under way
const pagesOf = (item) => readSheets(item).map((sheet) => withEdits(sheet.result, sheet.edits));

// The answer of the service, with the edits.
function resultOf(item) {
  const pages = pagesOf(item);
  if (!item.result.pages) return pages[0];
  return { ...item.result, text: pages.map((page) => page.text).join("\f"), pages };
}

async function makeText(items) {
  return new Blob([textOf(items), "\n"], { type: "text/plain" });
}

async function makeJson(items) {
  const pages = items.map((item) => ({ file: item.name, ...resultOf(item) }));
  return new Blob([JSON.stringify(pages.length === 1 ? pages[0] : pages, null, 2)], { type: "application/json" });
}

async function askService(item, option) {
  const form = new FormData();
  const onePage = option === "png" && isDocument(item.file); // it holds that which is shown
  const fields = { ...fieldsOf(item), ...(onePage ? { pages: shownSheet(item).number } : {}) };
  for (const [name, value] of Object.entries({ format: option, ...fields })) form.append(name, value);
  form.append("file", item.file, item.name);
  const response = await fetch("/ocr", { method: "POST", body: form, headers: keyHeaders() });
  if (!response.ok) throw new Error((await response.json().catch(() => ({}))).error);
  return response.blob();
}

async function serviceFormats() {
  const api = await (await fetch("/openapi.json")).json();
  const form = api.paths["/ocr"].post.requestBody.content["multipart/form-data"].schema;
  return form.properties.format?.enum ?? [];
}
