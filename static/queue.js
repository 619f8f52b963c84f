// The pictures and how far each one is. One is read at a time, so that nobody else has to wait for a whole batch.
import { Failure, readPicture } from "./reading.js";
import { enterEvent, enterResult, firstSheets } from "./sheets.js";
import { turned } from "./rotate.js";

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
  // `changed` is called with an item each time that it has got on.
  constructor(changed) {
    this.items = [];
    this.changed = changed;
  }

  add(file, name) {
    const item = {
      file, name, url: URL.createObjectURL(file), state: "waiting",
      sheets: [], at: 0, expected: 1, result: null, failure: null, stop: null,
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
    this.#set(item, "cancelled");
    this.#next();
  }

  retry(item) {
    if (!canRetry(item)) return;
    this.#set(item, "waiting", { failure: null });
    this.#next();
  }

  // Reads the picture once more, turned by a quarter to the right; what was edited is gone with its lines.
  async rotate(item) {
    const file = await turned(item.file);
    this.cancel(item);
    URL.revokeObjectURL(item.url);
    Object.assign(item, { file, url: URL.createObjectURL(file), result: null });
    this.#set(item, "waiting", { failure: null, sheets: firstSheets(item), at: 0 });
    this.#next();
  }

  // Shows another page of a document, `step` further.
  turn(item, step) {
    item.at = Math.max(0, Math.min(item.sheets.length - 1, item.at + step));
    this.changed(item);
  }

  remove(item) {
    this.cancel(item);
    URL.revokeObjectURL(item.url);
    this.items = this.items.filter((other) => other !== item);
    this.changed(item);
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
      enterResult(item, result);
      this.#set(item, "done", { result });
    } catch (failure) {
      if (!stop.signal.aborted) this.#set(item, "failed", { failure: asFailure(failure) });
    }
    this.#next();
  }

  async #readPatiently(item, signal) {
    for (let attempt = 1; ; attempt++) {
      this.#set(item, "sending", { sheets: firstSheets(item), at: 0, expected: 1 });
      try {
        return await readPicture(item.file, signal, (event, data) => signal.aborted || this.#tell(item, event, data));
      } catch (failure) {
        if (signal.aborted || attempt === ATTEMPTS || !PASSING.has(failure.code)) throw failure;
        this.#set(item, "busy", { failure });
        await pause(failure.retryAfter, signal);
      }
    }
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
