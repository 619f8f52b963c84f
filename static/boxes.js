// The boxes of lines over the picture.
const DOUBTFUL = 0.75; // a line less sure than this is worth a look

// Draws one polygon for each line that has none yet, and returns all of them.
export function drawBoxes(svg, size, lines) {
  if (lines.length < svg.children.length) svg.replaceChildren();
  if (size) svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
  svg.append(...lines.slice(svg.children.length).map(polygonOf));
  return [...svg.children];
}

function polygonOf(line) {
  const polygon = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
  polygon.setAttribute("points", line.polygon.map((point) => point.join(",")).join(" "));
  polygon.setAttribute("role", "button");
  polygon.setAttribute("aria-label", line.text);
  polygon.classList.toggle("doubtful", line.confidence < DOUBTFUL);
  return polygon;
}
