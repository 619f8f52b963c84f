// Where two texts differ: the longest common subsequence of their characters.
const MOST_CELLS = 4_000_000; // of its table; larger differences are taken as a whole

// Returns two lists of { text, differs }, one for each text.
export function differences(first, second) {
  const [a, b] = [[...first], [...second]];
  const start = commonLength(a, b);
  const end = commonLength(a.slice(start).reverse(), b.slice(start).reverse());
  const [inA, inB] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const kept = inA.length * inB.length > MOST_CELLS ? [new Set(), new Set()] : common(inA, inB);
  return [a, b].map((text, side) => parts(text, (index) => {
    const inside = index >= start && index < text.length - end;
    return inside && !kept[side].has(index - start);
  }));
}

function commonLength(a, b) {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

// Returns the indices in `a` and in `b` of a longest common subsequence.
function common(a, b) {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width); // of what is common behind [i, j]
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j;
      lengths[at] = a[i] === b[j] ? lengths[at + width + 1] + 1 : Math.max(lengths[at + width], lengths[at + 1]);
    }
  }
  const kept = [new Set(), new Set()];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const at = i * width + j;
    if (a[i] === b[j]) {
      kept[0].add(i++);
      kept[1].add(j++);
    } else if (lengths[at + width] >= lengths[at + 1]) i++;
    else j++;
  }
  return kept;
}

function parts(characters, differs) {
  const found = [];
  characters.forEach((character, index) => {
    const is = differs(index);
    if (found.at(-1)?.differs === is) found.at(-1).text += character;
    else found.push({ text: character, differs: is });
  });
  return found;
}
