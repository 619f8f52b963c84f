// Text into the clipboard, with a word on the button that asked for it.
import { say } from "./language.js";

export async function copyFrom(button, text, shown) {
  const copied = await writeClipboard(text, shown);
  const words = say(copied ? "copied" : "copyByHand");
  button.textContent = words;
  document.getElementById("status").textContent = words; // for those who listen
  setTimeout(() => { button.textContent = say(button.dataset.say); }, 2000);
}

async function writeClipboard(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard over plain HTTP on another machine: mark the text, so that the keyboard can copy it.
    window.getSelection().selectAllChildren(shown);
    return copyInstead(text);
  }
}

// Copies `text`, of which what is marked may be a part: one picture of several, one page, or rows without their tabs.
function copyInstead(text) {
  const give = (event) => {
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  };
  document.addEventListener("copy", give);
  try {
    return document.execCommand("copy");
  } finally {
    document.removeEventListener("copy", give);
  }
}
