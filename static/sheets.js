// The pages of an item: a picture has one, a document those that its events tell of.

// `number` is that of a document's page in its file, null for a picture; `url` is what the browser shows.
function newSheet(url, number = null) {
  return { number, url, size: null, lines: 0, found: [], result: null, edits: new Map() };
}

// Browsers show no page of a PDF inside a page, and no TIFF: their pictures come from the service.
export const isPdf = (file) => file.type === "application/pdf" || /\.pdf$/i.test(file.name ?? "");
export const isTiff = (file) => file.type === "image/tiff" || /\.tiff?$/i.test(file.name ?? "");
export const isDocument = (file) => isPdf(file) || isTiff(file);

// The form fields that say how the file of an item is read: all of its pages, and whether with the text of a PDF.
export function fieldsOf(item) {
  if (isTiff(item.file)) return { pages: "all" };
  return isPdf(item.file) && item.keepsText ? { pdf_text: "keep" } : {};
}

// The sheets with which an item begins.
export const firstSheets = (item) => (isDocument(item.file) ? [] : [newSheet(item.url)]);

// Enters an event of the service into the sheets of an item.
export function enterEvent(item, event, data) {
  if (event === "unread") return enterUnread(item, data);
  if (event === "picture") item.sheets.push(newSheet(data.picture, data.page));
  if (data.pages) item.expected = data.pages;
  if (!item.sheets.length) item.sheets.push(newSheet("", data.page ?? null));
  const sheet = sheetBeingRead(item);
  if (event === "page") Object.assign(sheet, { size: data.image, lines: data.lines, found: [] });
  if (event === "line") sheet.found = [...sheet.found, data];
}

// Counts a page that cannot be read; its picture goes, if it has come.
function enterUnread(item, data) {
  item.unread += 1;
  item.expected = data.pages;
  item.sheets = item.sheets.filter((sheet) => sheet.number !== data.page);
  item.at = Math.min(item.at, Math.max(0, item.sheets.length - 1));
}

// Enters the result of the whole file, a page or a document. A page that was shown may not have been read.
export function enterResult(item, result) {
  const sheets = (result.pages ?? [result]).map((page) => {
    const number = page.page ?? null;
    const sheet = item.sheets.find((one) => one.number === number) ?? newSheet("", number);
    return Object.assign(sheet, { result: page, size: page.image });
  });
  const expected = result.page_count ?? 1;
  Object.assign(item, { result, sheets, expected, at: Math.min(item.at, sheets.length - 1) });
}

// Puts `file`, the turned picture of the page that is shown, in its place, to be read alone.
export function beginTurn(item, file) {
  const before = shownSheet(item);
  const sheet = newSheet(URL.createObjectURL(file), before.number);
  item.turning = { file, before, sheet };
  replaceSheet(item, before, sheet);
}

// Enters the result of the turned page; without one the page is as it was before.
export function endTurn(item, result) {
  const { before, sheet } = item.turning;
  item.turning = null;
  if (result) return Object.assign(sheet, { result: { page: sheet.number, ...result }, size: result.image });
  URL.revokeObjectURL(sheet.url);
  return replaceSheet(item, sheet, before);
}

const replaceSheet = (item, old, sheet) => item.sheets.splice(item.sheets.indexOf(old), 1, sheet);

// Lets go of the pictures that this page has made; of those that came from the service there is nothing to let go.
export function forgetPictures(item) {
  for (const url of [item.url, ...item.sheets.map((sheet) => sheet.url)]) URL.revokeObjectURL(url);
}

export const sheetBeingRead = (item) => item.turning?.sheet ?? item.sheets.at(-1);

export const shownSheet = (item) => item.sheets[item.at] ?? null;
export const linesOf = (item) => item.sheets.reduce((sum, sheet) => sum + (sheet.result?.results.length ?? 0), 0);

// How far an item is, from 0 to 1; null where that is not known yet.
export function shareRead(item) {
  const sheet = sheetBeingRead(item);
  if (!sheet?.lines) return null;
  const share = Math.min(1, sheet.found.length / sheet.lines);
  return item.turning ? share : (item.unread + item.sheets.length - 1 + share) / item.expected;
}
