// Whether the text that a PDF carries is taken as it is, or the PDF is read like a picture. A person chooses; kept.
const box = () => document.getElementById("pdf-text");

export const keepsText = () => box().checked;

// Calls `changed` each time that a person has chosen.
export function listenForPdfText(changed) {
  try { box().checked = localStorage.getItem("pdf-text") === "keep"; } catch { /* this browser keeps nothing */ }
  box().addEventListener("change", () => {
    try { localStorage.setItem("pdf-text", keepsText() ? "keep" : "read"); } catch { /* nor does it here */ }
    changed();
  });
}
