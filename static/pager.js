// The pages of a document, one at a time.
import { say } from "./language.js";

const element = (id) => document.getElementById(id);

// Shows where in its document the item is; nothing for one page.
export function showPager(item) {
  const pages = item.sheets.length;
  element("pager").hidden = pages < 2 && item.expected < 2;
  element("page-of").textContent = say("pageOf", item.sheets[item.at]?.number ?? item.at + 1, item.expected);
  element("page-before").disabled = item.at === 0;
  element("page-after").disabled = item.at >= pages - 1;
}

// Calls `turn` with -1 or 1 each time that a person wants the page before or after.
export function listenForPages(turn) {
  element("page-before").addEventListener("click", () => turn(-1));
  element("page-after").addEventListener("click", () => turn(1));
  element("preview").addEventListener("keydown", (event) => {
    const step = { PageUp: -1, PageDown: 1 }[event.key];
    if (!step || element("pager").hidden) return;
    event.preventDefault();
    turn(step);
  });
}
