"use strict";
// Loaded before the page is painted, so that a dark screen does not flash white.
const darkScreen = window.matchMedia("(prefers-color-scheme: dark)");
let chosenTheme = null; // until a person chooses, the page follows the screen

function showTheme() {
  document.documentElement.dataset.bsTheme = chosenTheme ?? (darkScreen.matches ? "dark" : "light");
}

function switchTheme() {
  chosenTheme = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
  showTheme();
  try { localStorage.setItem("theme", chosenTheme); } catch { /* this browser keeps nothing */ }
}

try { chosenTheme = localStorage.getItem("theme"); } catch { /* this browser keeps nothing */ }
showTheme();
darkScreen.addEventListener("change", showTheme);
document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("theme")?.addEventListener("click", switchTheme);
});
