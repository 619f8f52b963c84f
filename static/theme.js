"use strict";
// Loaded before the page is painted, so that a dark screen does not flash white.
const darkScreen = window.matchMedia("(prefers-color-scheme: dark)");

function followScreen() {
  document.documentElement.dataset.bsTheme = darkScreen.matches ? "dark" : "light";
}

followScreen();
darkScreen.addEventListener("change", followScreen);
