// The key of a service that asks for one; kept until the tab is closed, and nowhere else.
let key = "";

export function keyHeaders() {
  return key ? { Authorization: `Bearer ${key}` } : {};
}

export function askForKey() {
  document.getElementById("key-form").hidden = false;
}

// Calls `entered` each time that a person has given a key.
export function listenForKey(entered) {
  document.getElementById("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    key = document.getElementById("key").value.trim();
    event.target.hidden = true;
    entered();
  });
}
