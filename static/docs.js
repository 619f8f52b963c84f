"use strict";
// Renders /openapi.json: one card per operation, one per named schema.

function build(tag, className, ...content) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...content);
  return node;
}

function schemaOf(media) {
  return (media?.["multipart/form-data"] ?? media?.["application/json"] ?? Object.values(media ?? {})[0])?.schema;
}

// A schema in one readable expression, for example `Line[]` or `"off" | "on"`.
function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map(typeOf).join(" | ");
  if (schema.const) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.contentSchema) return typeOf(schema.contentSchema);
  const length = schema.minItems === schema.maxItems ? schema.minItems : null;
  if (schema.type === "array") return `${typeOf(schema.items)}[${length ?? ""}]`;
  if (schema.properties) return `{ ${Object.entries(schema.properties).map(([name, inner]) => `${name}: ${typeOf(inner)}`).join(", ")} }`;
  return schema.format ?? schema.type;
}

const plain = (words) => words.replaceAll("`", "");

// The headers of a request, in the form of a schema.
function headersOf(parameters) {
  const rows = parameters.map(({ name, schema, description }) => [name, { ...schema, description }]);
  return { properties: Object.fromEntries(rows) };
}

function propertyTable(schema) {
  const rows = Object.entries(schema.properties ?? {}).map(([name, inner]) => build("tr", "",
    build("td", "", build("code", "", name)),
    build("td", "", build("code", "text-body", typeOf(inner))),
    build("td", "text-body-secondary", plain(inner.description ?? ""))));
  return build("div", "table-responsive", build("table", "table table-sm mb-0", build("tbody", "", ...rows)));
}

function card(...content) {
  return build("section", "card border-0 shadow-sm rounded-4", build("div", "card-body", ...content));
}

function operationCard(path, method, operation) {
  const heading = build("h2", "h5",
    build("span", "badge text-bg-primary me-2", method.toUpperCase()), build("code", "text-body", path));
  const form = schemaOf(operation.requestBody?.content);
  const answers = Object.entries(operation.responses).map(([status, answer]) => build("li", "",
    build("strong", "", status), ` ${plain(answer.description)} `,
    build("code", "", answer.content ? typeOf(schemaOf(answer.content)) : "")));
  return card(heading, build("p", "", operation.summary),
    ...(operation.description ? [build("p", "text-body-secondary", plain(operation.description))] : []),
    ...(form ? [build("h3", "h6", "Form fields"), propertyTable(form)] : []),
    ...(operation.parameters ? [build("h3", "h6 mt-3", "Headers"), propertyTable(headersOf(operation.parameters))] : []),
    build("h3", "h6 mt-3", "Answers"), build("ul", "mb-0", ...answers));
}

async function render() {
  const api = await (await fetch("/openapi.json")).json();
  document.getElementById("title").textContent = `${api.info.title} ${api.info.version}`;
  document.getElementById("description").textContent = `${api.info.summary} ${api.info.description}`;
  document.getElementById("example").textContent = `curl -F file=@picture.png ${location.origin}/ocr`;
  document.getElementById("operations").replaceChildren(...Object.entries(api.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => operationCard(path, method, operation))));
  document.getElementById("schemas").replaceChildren(...Object.entries(api.components.schemas).map(
    ([name, schema]) => card(build("h3", "h6", name), propertyTable(schema))));
}

render();
