// The language of the page: that of the browser until a person chooses, then what was chosen.
import { SERVICE_WORDS, WORDS } from "./words.js";

let language = startLanguage();

function startLanguage() {
  const wanted = [kept(), ...navigator.languages].map((name) => (name ?? "").slice(0, 2));
  return wanted.find((name) => name in WORDS) ?? "en";
}

function kept() {
  try { return localStorage.getItem("language"); } catch { return null; }
}

// The words under `key` in the language of the page; words that count or name something take `values`.
export function say(key, ...values) {
  const words = WORDS[language][key];
  return typeof words === "function" ? words(...values) : words;
}

// What an error means and what to do; undefined for a code that has no words.
export function sayError(code) {
  return WORDS[language].errors[code];
}

// What a warning of the service says; undefined in its own language, and for a code that has no words.
export function sayWarning(detail) {
  return SERVICE_WORDS[language]?.warnings[detail?.code]?.(...detail.values);
}

// Why a page cannot be read; undefined as above.
export function sayUnread(code) {
  return SERVICE_WORDS[language]?.unread[code];
}

export function applyLanguage() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = say("pageTitle");
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  for (const node of document.querySelectorAll("[data-say-label]")) {
    node.setAttribute("aria-label", say(node.dataset.sayLabel));
    if (node.matches("button")) node.title = say(node.dataset.sayLabel); // a sign alone says little
  }
  const other = document.getElementById("language");
  other.textContent = say("otherLanguage");
  other.lang = language === "zh" ? "en" : "zh-CN";
}

export function switchLanguage() {
  language = language === "zh" ? "en" : "zh";
  try { localStorage.setItem("language", language); } catch { /* this browser keeps nothing */ }
  applyLanguage();
}
