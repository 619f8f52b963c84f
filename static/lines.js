// The lines of text beside the picture: rows as on the page, doubtful characters marked, each line editable.
import { say } from "./language.js";
import { separators } from "./page_text.js";

const DOUBTFUL = 0.6; // a character less sure than this is marked

// Puts the lines into `list` and returns their nodes, in the order of the page's results.
export function drawLines(list, page, edits) {
  const gaps = separators(page);
  const nodes = page.results.map((line, index) => lineNode(line, edits.get(index)));
  const rows = [];
  nodes.forEach((node, index) => {
    if (gaps[index].includes("\t") && rows.length) rows.at(-1).append(node);
    else rows.push(rowNode(node, gaps[index]));
  });
  list.replaceChildren(...rows);
  return nodes;
}

// Lines are options of a list to choose from, or boxes to type into.
export function setEditing(list, nodes, editing) {
  list.setAttribute("role", editing ? "group" : "listbox");
  nodes.forEach((node, index) => {
    node.setAttribute("role", editing ? "textbox" : "option");
    if (editing) {
      node.setAttribute("contenteditable", "plaintext-only");
      node.setAttribute("aria-label", say("editLine", index + 1));
      node.removeAttribute("aria-selected");
    } else {
      node.removeAttribute("contenteditable");
      node.removeAttribute("aria-label");
      node.setAttribute("aria-selected", node.classList.contains("current"));
    }
  });
}

function rowNode(node, gap) {
  const row = document.createElement("div");
  row.className = gap.includes("\n\n") ? "line-row new-block" : "line-row";
  row.append(node);
  return row;
}

function lineNode(line, edit) {
  const node = document.createElement("div");
  node.className = "line";
  node.title = say("sure", line.confidence);
  if (edit === undefined) node.append(...markedParts(line));
  else node.textContent = edit;
  return node;
}

function markedParts(line) {
  const doubtful = new Set((line.characters ?? []).filter((one) => one.confidence < DOUBTFUL).map((one) => one.start));
  const parts = [];
  [...line.text].forEach((character, index) => { // by code points, as `start` counts
    const marked = doubtful.has(index);
    if (parts.at(-1)?.marked === marked) parts.at(-1).text += character;
    else parts.push({ marked, text: character });
  });
  return parts.map((part) => (part.marked ? markNode(part.text) : part.text));
}

function markNode(text) {
  const mark = document.createElement("mark");
  mark.textContent = text;
  return mark;
}
