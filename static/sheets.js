// The pages of an item: a picture has one, a document those that its events tell of.

// `number` is that of a document's page in its file, null for a picture; `url` is what the browser shows.
function newSheet(url, number = null) {
  return { number, url, size: null, lines: 0, found: [], result: null, edits: new Map() };
}

// Browsers show no page of a PDF inside a page, and no TIFF: their pictures come from the service.
export const isPdf = (file) => file.type === "application/pdf" || /\.pdf$/i.test(file.name ?? "");
export const isTiff = (file) => file.type === "image/tiff" || /\.tiff?$/i.test(file.name ?? "");
export const isDocument = (file) => isPdf(file) || isTiff(file);

// The form fields that make the service read all pages of a file.
export const pageFields = (file) => (isTiff(file) ? { pages: "all" } : {});

// The sheets with which an item begins.
export const firstSheets = (item) => (isDocument(item.file) ? [] : [newSheet(item.url)]);

// Enters an event of the service into the sheets of an item.
export function enterEvent(item, event, data) {
  if (event === "picture") item.sheets.push(newSheet(data.picture, data.page));
  if (data.pages) item.expected = data.pages;
  if (!item.sheets.length) item.sheets.push(newSheet("", data.page ?? null));
  const sheet = item.sheets.at(-1);
  if (event === "page") Object.assign(sheet, { size: data.image, lines: data.lines, found: [] });
  if (event === "line") sheet.found = [...sheet.found, data];
}

// Enters the result of the whole file, a page or a document.
export function enterResult(item, result) {
  const pages = result.pages ?? [result];
  pages.forEach((page, index) => {
    item.sheets[index] ??= newSheet("", page.page ?? null);
    Object.assign(item.sheets[index], { result: page, size: page.image });
  });
}

export const shownSheet = (item) => item.sheets[item.at] ?? null;
export const linesOf = (item) => item.sheets.reduce((sum, sheet) => sum + (sheet.result?.results.length ?? 0), 0);

// How far an item is, from 0 to 1; null where that is not known yet.
export function shareRead(item) {
  const sheet = item.sheets.at(-1);
  if (!sheet?.lines) return null;
  return (item.sheets.length - 1 + Math.min(1, sheet.found.length / sheet.lines)) / item.expected;
}
