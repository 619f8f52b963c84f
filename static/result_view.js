// One picture large, with its boxes, and its text beside it.
import { drawBoxes } from "./boxes.js";
import { say, sayUnread, sayWarning } from "./language.js";
import { drawLines, setEditing } from "./lines.js";
import { linkLines } from "./linking.js";
import { showPager } from "./pager.js";
import { shownSheet } from "./sheets.js";
import { resetZoom } from "./zoom.js";

const element = (id) => document.getElementById(id);

let editing = false;
let nodes = []; // those of the lines that are shown

export function showResult(item) {
  element("result").hidden = !item || item.state === "failed";
  if (!item) return;
  const sheet = shownSheet(item);
  showPicture(item, sheet);
  showPager(item);
  if (sheet?.result) showText(item, sheet);
  else showProgress(item, sheet);
  element("compare").disabled = element("rotate").disabled = item.state !== "done";
}

export function toggleEditing() {
  editing = !editing;
  element("edit").setAttribute("aria-pressed", editing);
  setEditing(element("text"), nodes, editing);
  if (editing) nodes.find((node) => node.tabIndex === 0)?.focus();
}

function showPicture(item, sheet) {
  const image = element("image");
  const url = sheet?.url ?? "";
  image.alt = say("pictureNamed", item.name);
  if (image.getAttribute("src") === url) return;
  const shown = (works) => {
    element("stage").hidden = !works;
    element("no-preview").hidden = works || !url;
    element("rotate").hidden = !works;
  };
  shown(false);
  image.onload = () => shown(true);
  image.onerror = () => shown(false);
  image.setAttribute("src", url);
  element("boxes").replaceChildren();
  resetZoom();
}

function showProgress(item, sheet) {
  drawBoxes(element("boxes"), sheet?.size, sheet?.found ?? []);
  nodes = [];
  element("text").replaceChildren();
  element("text").removeAttribute("role");
  showWords(say(item.state === "cancelled" ? "cancelled" : "waitText"));
  showParts({ controls: false });
}

function showText(item, sheet) {
  const page = sheet.result;
  nodes = drawLines(element("text"), page, sheet.edits);
  element("boxes").replaceChildren(); // they came in the order of reading, not in that of the text
  linkLines(nodes, drawBoxes(element("boxes"), page.image, page.results));
  if (nodes.length) setEditing(element("text"), nodes, editing);
  else element("text").removeAttribute("role");
  nodes.forEach((node, index) => node.addEventListener("input", () => {
    sheet.edits.set(index, node.textContent);
    showEditsKept(item);
  }));
  showWords(nodes.length ? "" : say("noText"));
  showParts({ controls: nodes.length > 0, marks: element("text").querySelector("mark") !== null });
  showEditsKept(item);
  showDetails(item, page);
}

// Says which files hold what a person has changed; the service makes the others, and knows nothing of it.
function showEditsKept(item) {
  element("edits-kept").hidden = !item.sheets.some((sheet) => sheet.edits.size);
}

function showWords(sentence) {
  element("empty").textContent = sentence;
  element("empty").hidden = !sentence;
}

function showParts({ controls, marks = false }) {
  for (const id of ["copy", "edit", "save"]) element(id).hidden = !controls;
  element("edits-kept").hidden = true;
  element("legend").hidden = !marks;
  element("warnings").replaceChildren();
  element("details").textContent = "";
}

function showDetails(item, page) {
  const notTurned = item.failure ? [warningNode(say("turnFailed"))] : [];
  const warnings = page.warnings.map((sentence, index) => {
    const words = sayWarning(page.warning_details?.[index]);
    return words ? warningNode(words) : warningNode("", sentence);
  });
  const unread = (item.result.unread ?? []).map((one) => {
    const [place, why] = [say("pageUnread", one.page), sayUnread(one.code)];
    return why ? warningNode(`${place}${why}`) : warningNode(`${place} `, one.error);
  });
  element("warnings").replaceChildren(...notTurned, ...warnings, ...unread);
  const source = page.model === "embedded" ? say("fromPdf") : page.model;
  element("details").textContent = `${say("details", page.results.length, page.timings_ms)} · ${source}`;
}

// `words` are ours, in the language of the page; the `sentence` is the service's.
function warningNode(words, sentence = "") {
  const node = document.createElement("li");
  const said = document.createElement("span");
  said.lang = "en";
  said.textContent = sentence;
  node.append(words, said);
  return node;
}
