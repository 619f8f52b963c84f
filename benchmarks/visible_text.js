// -> [{text, box: [x0, y0, x1, y1]}]: the lines of text that can be seen in the window, in its pixels.
(() => {
  const CHARACTER = /[\u2e80-\u9fff\uff00-\uffef\u3000-\u303f]/;
  const WORD = new RegExp(`${CHARACTER.source}|(?:(?!${CHARACTER.source})\\S)+`, "g");
  const SPACE = 0.08; // of the height, from which two words on a line have a space between them
  const GAP = 1; // of the height, from which they are two lines
  const lines = [];
  let line = null;

  // a word that is broken at the end of a row has several boxes; each of its letters has one
  const boxOf = (node, start, end) => {
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, end);
    return [...range.getClientRects()].filter((box) => box.width > 1 && box.height > 3);
  };

  const isSeen = (element, box) => {
    const inside = box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
    const top = inside && document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    return top && (top === element || element.contains(top) || (top.contains(element) && top !== document.body));
  };

  const add = (text, box) => {
    const gap = line ? box.left - line.right : 0;
    const goesOn = line && Math.abs(line.top - box.top) < box.height / 2 && gap > -3 && gap < GAP * box.height;
    if (!goesOn) {
      line = { text: "", left: box.left, top: box.top };
      lines.push(line);
    } else if (gap > SPACE * box.height) {
      line.text += " ";
    }
    line.text += text;
    line.right = box.right;
    line.bottom = goesOn ? Math.max(line.bottom, box.bottom) : box.bottom;
  };

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const style = getComputedStyle(node.parentElement);
    if (style.visibility !== "visible" || style.opacity < 0.3) continue;
    const shown = style.textTransform === "uppercase" ? (text) => text.toUpperCase() : (text) => text;
    for (const { 0: word, index } of node.data.matchAll(WORD)) {
      const boxes = boxOf(node, index, index + word.length);
      const pieces = boxes.length > 1 ? [...word].map((letter, place) => [letter, index + place]) : [[word, index]];
      for (const [text, start] of pieces) {
        const [box] = boxOf(node, start, start + text.length);
        if (box && isSeen(node.parentElement, box)) add(shown(text), box);
        else line = null;
      }
    }
  }
  return lines.map(({ text, left, top, right, bottom }) => ({ text, box: [left, top, right, bottom] }));
})();
