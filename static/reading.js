// One picture -> POST /ocr/stream -> what POST /ocr would answer.
import { readEvents } from "./events.js";
import { keyHeaders } from "./key.js";

// Why a picture was not read. `code` is that of the service (docs/api.md), or one of ours: unreachable, cut_off, no_file.
export class Failure extends Error {
  constructor(code, sentence = "", retryAfter = 2) {
    super(sentence);
    this.code = code;
    this.retryAfter = retryAfter; // seconds
  }
}

// Resolves with the result. `fields` of the form say how it is read; `tell` gets the name and the data of each event.
export async function readPicture(file, fields, signal, tell) {
  const response = await send(file, fields, signal);
  if (!response.ok) throw await refusal(response);
  try {
    for await (const [event, data] of readEvents(response.body)) {
      if (event === "done") return data.result;
      if (event === "error") throw new Failure(data.code, data.error);
      tell(event, data);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
  }
  throw new Failure("cut_off");
}

async function send(file, fields, signal) {
  const form = new FormData();
  form.append("granularity", "char"); // for the marks of doubtful characters
  form.append("pictures", "on"); // of the pages of documents
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  try {
    return await fetch("/ocr/stream", { method: "POST", body: form, headers: keyHeaders(), signal });
  } catch {
    throw new Failure((await isFile(file)) ? "unreachable" : "no_file");
  }
}

// Whether the browser can read a file: not so a folder, or what was moved or changed since it was chosen.
function isFile(file) {
  return file.slice(0, 1).arrayBuffer().then(() => true, () => false);
}

async function refusal(response) {
  const answer = await response.json().catch(() => ({ code: "no_explanation" }));
  return new Failure(answer.code, answer.error, Number(response.headers.get("Retry-After")) || undefined);
}
