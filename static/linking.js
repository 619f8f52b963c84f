// Lines of text and boxes on the picture go together: what happens to one shows on the other.

// Links two lists of nodes, the text and the box of each line. One line is current; Tab reaches it alone.
export function linkLines(texts, boxes) {
  const lists = [texts, boxes];
  const both = (index) => lists.map((list) => list[index]);
  let current = 0;

  function choose(index) {
    setCurrent(current, false);
    current = index;
    setCurrent(current, true);
  }

  function setCurrent(index, is) {
    for (const node of both(index)) {
      node.classList.toggle("current", is);
      node.tabIndex = is ? 0 : -1;
      if (node.hasAttribute("aria-selected")) node.setAttribute("aria-selected", is); // options of a list have it
    }
  }

  function hover(index, over) {
    both(index).forEach((node) => node.classList.toggle("hover", over));
  }

  // Arrows go from line to line, Enter to the other half of the line.
  function press(event, list, index) {
    const editing = list[index].isContentEditable;
    const other = list === texts ? boxes : texts;
    const target = {
      ArrowDown: list[index + 1],
      ArrowUp: list[index - 1],
      Home: editing ? undefined : list[0],
      End: editing ? undefined : list.at(-1),
      Enter: editing ? list[index + 1] ?? list[index] : other[index],
    }[event.key];
    if (!target || event.isComposing) return;
    event.preventDefault();
    target.focus();
  }

  lists.forEach((list) => list.forEach((node, index) => {
    node.tabIndex = index === 0 ? 0 : -1;
    node.addEventListener("pointerenter", () => hover(index, true));
    node.addEventListener("pointerleave", () => hover(index, false));
    node.addEventListener("keydown", (event) => press(event, list, index));
    node.addEventListener("focus", () => {
      choose(index);
      both(index).forEach((half) => half.scrollIntoView({ block: "nearest", inline: "nearest" }));
    });
  }));
}
