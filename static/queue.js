// The pictures and how far each one is. One is read at a time, so that nobody else has to wait for a whole batch.
import { Failure, readPicture } from "./reading.js";
import { turned } from "./rotate.js";
import {
  beginTurn, endTurn, enterEvent, enterResult, fieldsOf, firstSheets, forgetPictures, isDocument, sheetBeingRead, shownSheet,
} from "./sheets.js";

const ATTEMPTS = 4;
const PASSING = new Set(["overloaded", "not_ready", "too_many_requests"]);
const LASTING = new Set([
  "empty_input", "image_too_large", "too_many_bytes", "too_many_pages", "not_an_image", "unreadable_image",
  "protected_document",
]);
const UNDER_WAY = new Set(["sending", "reading", "busy"]);

export const isUnderWay = (item) => UNDER_WAY.has(item.state);
export const isOpen = (item) => item.state === "waiting" || isUnderWay(item);
export const canRetry = (item) =>
  item.state === "cancelled" || (item.state === "failed" && !LASTING.has(item.failure.code));

export class Queue {
  // `changed` is called with an item each time that it has got on; `keepsText` tells what becomes of the text of PDFs.
  constructor(changed, keepsText) {
    this.items = [];
    this.changed = changed;
    this.keepsText = keepsText;
  }

  add(file, name) {
    const item = {
      file, name, url: URL.createObjectURL(file), state: "waiting",
      sheets: [], at: 0, expected: 1, unread: 0, result: null, failure: null, stop: null, turning: null, keepsText: false,
    };
    item.sheets = firstSheets(item);
    this.items.push(item);
    this.changed(item);
    this.#next();
    return item;
  }

  cancel(item) {
    if (!isOpen(item)) return;
    item.stop?.abort();
    if (item.turning) this.#endTurn(item);
    else this.#set(item, "cancelled");
    this.#next();
  }

  retry(item) {
    if (!canRetry(item)) return;
    this.#set(item, "waiting", { failure: null });
    this.#next();
  }

  // Reads the picture once more, or the page of a document that is shown, turned by a quarter to the right; what was
  // edited is gone with its lines. `picture` is the node that shows it.
  async rotate(item, picture) {
    const sheet = shownSheet(item);
    const ofDocument = isDocument(item.file);
    const file = ofDocument // whose pages come as JPEG
      ? await turned(picture, item.file.name, "image/jpeg")
      : await turned(item.file, item.file.name, item.file.type);
    if (item.state !== "done" || shownSheet(item) !== sheet) return; // it was pressed twice
    if (ofDocument) return this.#readPage(item, file);
    forgetPictures(item);
    Object.assign(item, { file, url: URL.createObjectURL(file) });
    this.readAgain(item);
  }

  // Reads an item from the beginning, with the settings of now.
  readAgain(item) {
    this.cancel(item);
    this.#set(item, "waiting", { result: null, failure: null, sheets: firstSheets(item), at: 0 });
    this.#next();
  }

  // Shows another page of a document, `step` further.
  turn(item, step) {
    item.at = Math.max(0, Math.min(item.sheets.length - 1, item.at + step));
    this.changed(item);
  }

  remove(item) {
    this.cancel(item);
    forgetPictures(item);
    this.items = this.items.filter((other) => other !== item);
    this.changed(item);
  }

  #readPage(item, file) {
    beginTurn(item, file);
    this.#set(item, "waiting");
    this.#next();
  }

  #endTurn(item, result = null, failure = null) {
    endTurn(item, result);
    this.#set(item, "done", { failure });
  }

  #set(item, state, more = {}) {
    Object.assign(item, more, { state });
    this.changed(item);
  }

  async #next() {
    const item = this.items.find((candidate) => candidate.state === "waiting");
    if (!item || this.items.some(isUnderWay)) return;
    const stop = new AbortController();
    item.stop = stop;
    try {
      const result = await this.#readPatiently(item, stop.signal);
      if (stop.signal.aborted) return this.#next();
      if (item.turning) this.#endTurn(item, result);
      else this.#enter(item, result);
    } catch (failure) {
      if (stop.signal.aborted) return this.#next();
      if (item.turning) this.#endTurn(item, null, asFailure(failure));
      else this.#set(item, "failed", { failure: asFailure(failure) });
    }
    this.#next();
  }

  #enter(item, result) {
    enterResult(item, result);
    this.#set(item, "done");
  }

  async #readPatiently(item, signal) {
    const tell = (event, data) => signal.aborted || this.#tell(item, event, data);
    for (let attempt = 1; ; attempt++) {
      this.#begin(item);
      try {
        if (item.turning) return await readPicture(item.turning.file, {}, signal, tell);
        return await readPicture(item.file, fieldsOf(item), signal, tell);
      } catch (failure) {
        if (signal.aborted || attempt === ATTEMPTS || !PASSING.has(failure.code)) throw failure;
        this.#set(item, "busy", { failure });
        await pause(failure.retryAfter, signal);
      }
    }
  }

  #begin(item) {
    if (item.turning) sheetBeingRead(item).found = [];
    else Object.assign(item, { sheets: firstSheets(item), at: 0, expected: 1, unread: 0, keepsText: this.keepsText() });
    this.#set(item, "sending");
  }

  #tell(item, event, data) {
    enterEvent(item, event, data);
    this.#set(item, "reading");
  }
}

const asFailure = (error) => (error instanceof Failure ? error : new Failure("internal_error", error.message));

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => reject(new Failure("cancelled")), { once: true });
  });
}
