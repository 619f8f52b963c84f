// Server-sent events (HTML Standard, 9.2) out of the body of a fetch: EventSource cannot send a form.

// Yields [name, data] for each event of a ReadableStream of bytes; data is parsed JSON.
export async function* readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const event = parseEvent(block);
      if (event) yield event;
    }
  }
}

function parseEvent(block) {
  const field = (name) => block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  return field("data") === undefined ? null : [field("event"), JSON.parse(field("data"))]; // null: a comment
}
