// The text of a result: its rows, and what a person has changed in it.

// What stands in front of each line in the page's text: "", a tab, a line break, or a blank line.
export function separators(page) {
  let end = 0;
  return page.results.map((line) => {
    const start = page.text.indexOf(line.text, end);
    if (start < 0) return "\n";
    const separator = page.text.slice(end, start);
    end = start + line.text.length;
    return separator;
  });
}

// The result with the lines that `edits` (index -> text) has in place of those that were read.
export function withEdits(page, edits) {
  if (!edits.size) return page;
  const results = page.results.map((line, index) => (edits.has(index) ? edited(line, edits.get(index)) : line));
  const gaps = separators(page);
  return { ...page, text: results.map((line, index) => gaps[index] + line.text).join(""), results };
}

function edited(line, text) {
  const { words, characters, ...rest } = line; // their places are those of the text that was read
  return { ...rest, text };
}
