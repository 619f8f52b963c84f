"use strict";
// The page: choose, drop or paste an image -> POST /ocr -> boxes over the image, text beside it.

const element = (id) => document.getElementById(id);

let latest = 0; // number of the newest request; answers to older ones are dropped

function chooseFrom(files) {
  const file = [...files].find((candidate) => candidate.type.startsWith("image/")) ?? files[0];
  if (file) readImage(file);
}

async function readImage(file) {
  const request = ++latest;
  showWaiting(file);
  try {
    const page = await requestText(file);
    if (request === latest) showPage(page);
  } catch (error) {
    if (request === latest) showError(error.message);
  }
}

async function requestText(file) {
  const form = new FormData();
  form.append("file", file);
  const response = await fetch("/ocr", { method: "POST", body: form }).catch(() => {
    throw new Error("The service cannot be reached. Is it still running?");
  });
  const answer = await response.json().catch(() => {
    throw new Error(`The service answered with status ${response.status} and no explanation.`);
  });
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

function showWaiting(file) {
  element("error").hidden = true;
  element("result").hidden = true;
  const spinner = document.createElement("span");
  spinner.className = "spinner-border spinner-border-sm me-2";
  element("status").replaceChildren(spinner, `Reading ${file.name || "the picture"} …`);
  showPreview(file);
}

function showPreview(file) {
  const image = element("image");
  URL.revokeObjectURL(image.src);
  const shown = (works) => {
    image.parentElement.hidden = !works;
    element("no-preview").hidden = works;
  };
  image.onload = () => shown(true);
  image.onerror = () => shown(false);
  image.src = URL.createObjectURL(file);
}

function showError(sentence) {
  element("status").replaceChildren();
  element("error").textContent = sentence;
  element("error").hidden = false;
  element("file").value = ""; // the same file may be chosen again
}

function showPage(page) {
  document.body.classList.add("has-result");
  element("status").replaceChildren();
  showBoxes(page);
  showText(page);
  showDetails(page);
  element("result").hidden = false;
  element("file").value = "";
}

function showBoxes(page) {
  const svg = element("boxes");
  svg.setAttribute("viewBox", `0 0 ${page.image.width} ${page.image.height}`);
  svg.replaceChildren(...page.results.map((line, index) => {
    const polygon = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
    polygon.setAttribute("points", line.polygon.map((point) => point.join(",")).join(" "));
    linkHighlight(polygon, index);
    return polygon;
  }));
}

function showText(page) {
  const lines = page.results.map((line, index) => {
    const item = document.createElement("li");
    item.textContent = line.text;
    item.title = `${Math.round(line.confidence * 100)} % sure`;
    linkHighlight(item, index);
    return item;
  });
  element("text").replaceChildren(...(lines.length ? lines : [noText()]));
  element("text").dataset.text = page.text;
  element("copy").hidden = !page.text;
}

function noText() {
  const item = document.createElement("li");
  item.className = "text-body-secondary fst-italic";
  item.textContent = "No text was found on this picture.";
  return item;
}

function showDetails(page) {
  element("warnings").replaceChildren(...page.warnings.map((warning) => {
    const item = document.createElement("li");
    item.textContent = warning;
    return item;
  }));
  const { decode, detect, recognize, total } = page.timings_ms;
  const count = page.results.length === 1 ? "1 line" : `${page.results.length} lines`;
  element("details").textContent = `${count} in ${Math.round(total)} ms ` +
    `(decode ${Math.round(decode)}, find ${Math.round(detect)}, read ${Math.round(recognize)}) · ${page.model}`;
}

function linkHighlight(target, index) {
  const mark = (active) => () => {
    element("boxes").children[index]?.classList.toggle("active", active);
    element("text").children[index]?.classList.toggle("active", active);
  };
  target.addEventListener("pointerenter", mark(true));
  target.addEventListener("pointerleave", mark(false));
}

async function copyText() {
  const copied = await writeClipboard(element("text").dataset.text);
  element("copy").textContent = copied ? "Copied" : "Press Ctrl+C";
  setTimeout(() => { element("copy").textContent = "Copy"; }, 2000);
}

async function writeClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard over plain HTTP on another machine: mark the text, so that the keyboard can copy it.
    window.getSelection().selectAllChildren(element("text"));
    return document.execCommand("copy");
  }
}

function listen() {
  element("form").addEventListener("submit", (event) => event.preventDefault());
  element("file").addEventListener("change", (event) => chooseFrom(event.target.files));
  element("copy").addEventListener("click", copyText);
  document.addEventListener("paste", (event) => chooseFrom(event.clipboardData.files));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    element("drop").classList.add("over");
  });
  document.addEventListener("dragleave", () => element("drop").classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    element("drop").classList.remove("over");
    chooseFrom(event.dataTransfer.files);
  });
}

listen();
