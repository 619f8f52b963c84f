// The page: choose, drop, paste or photograph pictures -> POST /ocr/stream -> boxes over each, text beside it.
import { copyFrom } from "./clipboard.js";
import { hideComparison, listenForCompare } from "./compare.js";
import { offeredFormats, save, textOf } from "./formats.js";
import { askForKey, listenForKey } from "./key.js";
import { applyLanguage, say, sayError, switchLanguage } from "./language.js";
import { listenForPages } from "./pager.js";
import { keepsText, listenForPdfText } from "./pdf_text.js";
import { Queue, isOpen } from "./queue.js";
import { showQueue } from "./queue_view.js";
import { showResult, toggleEditing } from "./result_view.js";
import { isPdf, linesOf } from "./sheets.js";
import { listenForZoom } from "./zoom.js";

const element = (id) => document.getElementById(id);
const queue = new Queue(itemChanged, keepsText);
const actions = {
  choose: show,
  cancel: (item) => queue.cancel(item),
  retry: (item) => queue.retry(item),
  remove: (item) => queue.remove(item),
};

let shown = null; // the item that is shown large
let formats = []; // that the service can give
let pasted = 0;

function addFiles(files, nameOf = (file) => file.name) {
  const busy = queue.items.some(isOpen);
  const added = [...files].map((file) => queue.add(file, nameOf(file)));
  if (added.length && (!busy || !shown)) show(added[0]);
}

function show(item) {
  if (item !== shown) hideComparison();
  shown = item;
  showQueue(queue.items, shown, actions);
  showResult(shown);
}

function itemChanged(item) {
  document.body.classList.toggle("has-items", queue.items.length > 0);
  if (!queue.items.includes(shown)) show(queue.items[0] ?? null);
  if (shown?.state === "failed" && item.state === "done") shown = item; // rather a text than nothing
  showQueue(queue.items, shown, actions);
  if (item === shown) showResult(item);
  if (queue.items.includes(item)) tell(item);
}

// For those who listen instead of looking; progress bars tell the rest.
function tell(item) {
  if (item.state === "failed" && item.failure.code === "unauthorized") askForKey();
  if (item.state === "done") element("status").textContent = say("readAloud", item.name, linesOf(item));
  if (item.state === "failed") {
    element("status").textContent = `${item.name}: ${sayError(item.failure.code) ?? item.failure.message}`;
  }
}

function retryWithKey() {
  queue.items.filter((item) => item.failure?.code === "unauthorized").forEach((item) => queue.retry(item));
}

const readItems = () => queue.items.filter((item) => item.state === "done");

function showFormats() {
  element("save").replaceChildren(wordsNode("save"), ...formats.map((format) => saveButton(format, () => [shown])));
  const forMany = formats.filter((format) => !format.option);
  element("save-all").replaceChildren(wordsNode("saveAll"), ...forMany.map((format) => saveButton(format, readItems)));
}

function wordsNode(key) {
  const node = document.createElement("span");
  node.className = "small text-body-secondary align-self-center me-1";
  node.textContent = say(key);
  return node;
}

function saveButton(format, items) {
  const node = document.createElement("button");
  node.type = "button";
  node.className = "btn btn-sm btn-outline-primary";
  node.textContent = format.name;
  if (format.option) node.title = say("asRead");
  node.addEventListener("click", () => saveWith(node, format, items()));
  return node;
}

// Some formats take the service as long as a reading: until the file is there the button is pale, and not heard twice.
async function saveWith(button, format, items) {
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  try {
    await save(format, items);
  } catch (error) {
    const words = `${format.name}: ${say("saveFailed")} ${error.message}`;
    element("details").textContent = element("status").textContent = words;
  } finally {
    button.ariaBusy = "false";
  }
}

function translate() {
  switchLanguage();
  showFormats();
  show(shown);
}

function listenForFiles() {
  for (const id of ["file", "camera"]) {
    element(id).addEventListener("change", (event) => {
      addFiles(event.target.files);
      event.target.value = ""; // the same file may be chosen again
    });
  }
  document.addEventListener("paste", (event) => addFiles(event.clipboardData.files, () => say("pasted", ++pasted)));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    element("drop").classList.add("over");
  });
  document.addEventListener("dragleave", () => element("drop").classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    element("drop").classList.remove("over");
    addFiles(event.dataTransfer.files);
  });
}

function listenForButtons() {
  element("language").addEventListener("click", translate);
  element("edit").addEventListener("click", toggleEditing);
  element("rotate").addEventListener("click", () => {
    hideComparison();
    element("rotate").disabled = true; // until the item has got on
    queue.rotate(shown, element("image")).catch(() => (element("details").textContent = say("notTurned")));
  });
  element("copy").addEventListener("click", () => copyFrom(element("copy"), textOf([shown]), element("text")));
  element("copy-all").addEventListener("click", () =>
    copyFrom(element("copy-all"), textOf(readItems()), element("text")));
  element("clear").addEventListener("click", () => [...queue.items].forEach((item) => queue.remove(item)));
}

async function start() {
  applyLanguage();
  listenForFiles();
  listenForButtons();
  listenForZoom();
  listenForPages((step) => queue.turn(shown, step));
  listenForPdfText(() => shown && isPdf(shown.file) && queue.readAgain(shown));
  listenForCompare(() => shown);
  listenForKey(retryWithKey);
  formats = await offeredFormats();
  showFormats();
}

start();
