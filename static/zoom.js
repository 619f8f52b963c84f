// The size of the picture on the page: fitted, or larger and scrolled.
const STEP = 1.5;
const LARGEST = 8;

let scale = 1;

export function resetZoom() {
  setScale(1);
}

export function listenForZoom() {
  document.getElementById("zoom-in").addEventListener("click", () => setScale(scale * STEP));
  document.getElementById("zoom-out").addEventListener("click", () => setScale(scale / STEP));
  document.getElementById("zoom-fit").addEventListener("click", resetZoom);
}

function setScale(wanted) {
  const stage = document.getElementById("stage");
  stage.classList.remove("zoomed");
  stage.style.width = "";
  const fitted = stage.clientWidth;
  scale = Math.min(LARGEST, Math.max(1, wanted));
  if (scale === 1) return;
  stage.style.width = `${Math.round(fitted * scale)}px`;
  stage.classList.add("zoomed");
}
