// The same picture read by this service and by the other one: their times and texts side by side.
import { differences } from "./diff.js";
import { keyHeaders } from "./key.js";
import { say } from "./language.js";
import { fieldsOf, isDocument } from "./sheets.js";

const ROUNDS = 3; // readings of a picture by each service; the median is shown
const element = (id) => document.getElementById(id);

// The origin of the other service; empty where there is none.
export const peer = () => document.querySelector("meta[name=peer]").content;

let running = null; // the comparison that is shown or under way

export function listenForCompare(shownItem) {
  element("compare").hidden = !peer();
  element("compare").addEventListener("click", () => compare(shownItem()));
}

// Forgets what was compared: it was another picture.
export function hideComparison() {
  running = null;
  element("comparison").hidden = true;
}

async function compare(item) {
  const mine = (running = {});
  const services = [location.origin, peer()].map((origin) => ({ origin, runs: [], text: "", error: "" }));
  element("comparison").hidden = false;
  element("verdict").textContent = say("comparing");
  showColumns(services);
  for (let round = 0; round < (isDocument(item.file) ? 1 : ROUNDS); round++) {
    // in turns, and each first as often as it goes: so that neither has the warmer machine
    for (const service of round % 2 ? [...services].reverse() : services) {
      if (!service.error) await read(service, item);
      if (running !== mine) return;
      showColumns(services);
    }
  }
  element("verdict").textContent = verdict(services);
}

async function read(service, item) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fieldsOf(item))) form.append(name, value);
  form.append("file", item.file);
  const headers = { ...(service.origin === location.origin ? keyHeaders() : {}), "Cache-Control": "no-store" };
  const begun = performance.now();
  try {
    const response = await fetch(`${service.origin}/ocr`, { method: "POST", body: form, headers });
    const answer = await response.json();
    if (!response.ok) {
      service.error = answer.error;
      return;
    }
    service.text = answer.text.replaceAll("\f", "\n\n");
    service.runs.push({ answer: performance.now() - begun, inside: answer.timings_ms.total });
  } catch {
    service.error = say("peerUnreachable", service.origin);
  }
}

function verdict(services) {
  if (services.some((service) => service.error)) return say("notCompared");
  const [mine, other] = services.map((service) => service.text);
  return mine === other ? say("sameText") : say("otherText");
}

function showColumns(services) {
  const marked = differences(services[0].text, services[1].text);
  element("columns").replaceChildren(...services.map((service, index) => column(service, marked[index])));
}

function column(service, parts) {
  const node = build("div", "col-md-6");
  const text = build("div", "compared rounded-3 p-3", ...(service.text ? parts.map(partNode) : []));
  text.tabIndex = 0;
  text.setAttribute("role", "region");
  text.setAttribute("aria-label", service.origin);
  const error = build("p", "item-error mb-0", service.error);
  node.append(build("h3", "h6 mb-1", service.origin.replace(/^https?:\/\//, "")),
    build("p", "small text-body-secondary mb-2", timeWords(service)), service.error ? error : text);
  return node;
}

function timeWords({ runs, error }) {
  if (!runs.length) return error ? "" : say("comparing");
  const middle = [...runs].sort((a, b) => a.answer - b.answer)[Math.floor(runs.length / 2)];
  return say("compareTime", middle.answer, middle.inside, runs.length);
}

function partNode({ text, differs }) {
  return differs ? build("mark", "", text) : text;
}

function build(tag, className, ...content) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...content);
  return node;
}
