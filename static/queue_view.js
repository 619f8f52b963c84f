// One row for each picture: its name, how far it is, and what can be done with it.
import { say, sayError } from "./language.js";
import { canRetry, isOpen, isUnderWay } from "./queue.js";
import { linesOf, shareRead, sheetBeingRead } from "./sheets.js";

// codes whose sentence from the service says more than ours: figures, or what exactly is damaged
const TELLING = new Set(["image_too_large", "too_many_bytes", "too_many_pages", "unreadable_image"]);

const rows = new Map(); // item -> what updates its row

// Shows the items; `on` has the functions choose, cancel, retry and remove, each of an item.
export function showQueue(items, shown, on) {
  for (const [item, row] of rows) if (!items.includes(item)) forget(item, row);
  for (const item of items) if (!rows.has(item)) rows.set(item, newRow(item, on));
  for (const item of items) rows.get(item).update(item === shown);
  // one picture that is read needs no queue
  document.getElementById("queue").hidden = !items.length || (items.length === 1 && isWhole(items[0]));
  showSummary(items);
}

const isWhole = (item) => item.state === "done" && !item.result.unread?.length;

function forget(item, row) {
  if (row.node.contains(document.activeElement)) document.getElementById("file").focus();
  row.node.remove();
  rows.delete(item);
}

function showSummary(items) {
  const done = items.filter((item) => item.state === "done");
  const failed = items.filter((item) => item.state === "failed" || item.state === "cancelled");
  const lines = done.reduce((sum, item) => sum + linesOf(item), 0);
  document.getElementById("batch").hidden = items.length < 2;
  document.getElementById("summary").textContent = say("summary", items.length, done.length, failed.length, lines);
  for (const id of ["copy-all", "save-all"]) document.getElementById(id).classList.toggle("invisible", !done.length);
}

function newRow(item, on) {
  const node = build("li", "item");
  const name = button("item-name btn btn-sm text-start text-truncate", () => on.choose(item));
  const state = build("span", "item-state small text-body-secondary");
  const bar = build("progress", "item-bar");
  const act = button("btn btn-sm btn-outline-primary", () => (isOpen(item) ? on.cancel(item) : on.retry(item)));
  const remove = button("btn btn-sm btn-outline-secondary", () => on.remove(item));
  const error = build("p", "item-error small mb-1");
  node.append(name, bar, state, act, remove, error);
  document.getElementById("items").append(node);
  name.textContent = item.name;

  function update(shown) {
    node.classList.toggle("shown", shown);
    name.setAttribute("aria-current", shown);
    state.textContent = stateWords(item);
    showBar(bar, item);
    showAction(act, isOpen(item) ? "cancel" : canRetry(item) ? "retry" : null, item);
    showAction(remove, isOpen(item) ? null : "remove", item);
    if (node.contains(document.activeElement) && document.activeElement.hidden) (act.hidden ? remove : act).focus();
    error.hidden = item.state !== "failed";
    if (item.state === "failed") error.replaceChildren(...errorWords(item.failure));
  }
  return { node, update };
}

function showBar(bar, item) {
  bar.hidden = !isUnderWay(item);
  bar.setAttribute("aria-label", say("progress", item.name));
  const share = item.state === "reading" ? shareRead(item) : null;
  if (share === null) return bar.removeAttribute("value"); // not known how far
  bar.max = 1;
  bar.value = share;
}

function showAction(node, action, item) {
  node.hidden = !action;
  if (!action) return;
  node.textContent = say(action);
  node.setAttribute("aria-label", say("actOn", say(action), item.name));
}

function stateWords(item) {
  if (item.state === "reading") return readingWords(item);
  if (item.state === "busy") return say("busy", item.failure.retryAfter);
  if (item.state === "done") return doneWords(item);
  return say(item.state);
}

function readingWords(item) {
  const sheet = sheetBeingRead(item);
  const lines = sheet ? [lineWords(sheet)] : [];
  if (item.turning || item.expected === 1) return lines.join("");
  return [
    say("readingPage", item.unread + item.sheets.length, item.expected),
    ...lines,
    ...(item.unread ? [say("pagesUnread", item.unread)] : []),
  ].join(" · ");
}

function lineWords({ found, lines }) {
  return lines ? say("reading", Math.min(found.length, lines), lines) : say("looking");
}

function doneWords(item) {
  const unread = item.result.unread?.length;
  return [
    ...(item.sheets.length > 1 ? [say("pages", item.sheets.length)] : []),
    say("done", linesOf(item)),
    ...(unread ? [say("pagesUnread", unread)] : []),
  ].join(" · ");
}

// What it means and what to do, and behind it what the service itself said.
function errorWords(failure) {
  const words = sayError(failure.code);
  if (!words) return [failure.message || sayError("no_explanation")];
  if (!TELLING.has(failure.code)) return [words];
  const said = build("span", "d-block text-body-secondary");
  const sentence = build("span", "");
  sentence.lang = "en";
  sentence.textContent = failure.message;
  said.append(say("serviceSaid"), " ", sentence);
  return [words, said];
}

function build(tag, className) {
  const node = document.createElement(tag);
  node.className = className;
  return node;
}

function button(className, pressed) {
  const node = build("button", className);
  node.type = "button";
  node.addEventListener("click", pressed);
  return node;
}
