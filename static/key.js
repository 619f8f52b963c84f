// The key of a service that asks for one; kept until the tab is closed, and nowhere else.
let key = "";

export function keyHeaders() {
  // fetch sends each character as one byte and refuses those beyond 255; the service has its keys in UTF-8
  const sent = String.fromCharCode(...new TextEncoder().encode(key));
  return key ? { Authorization: `Bearer ${sent}` } : {};
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
