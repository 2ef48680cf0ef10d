/** A small seeded generator (mulberry32): the same seed, the same run. */
function randomOf(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { next, below: (limit) => Math.floor(next() * limit) };
}

const TEXTS = ['', 'a', 'SFO', 'Zürich', '日本', '\u{1f600}', '__proto__', 'constructor', 'x'.repeat(70)];
const LONGS = [0, -1, 1, 63, 64, -65, 8191, 2 ** 31, -(2 ** 40), 9_007_199_254_740_990, 1_700_000_000_000];
const DOUBLES = [0, -0, 1.5, -273.15, Number.NaN, Number.POSITIVE_INFINITY, 5e-324];

/** A value of the schema node (our own schema graph), in the codec's JavaScript form. */
function randomValue(node, random, depth = 0) {
  const pick = (list) => list[random.below(list.length)];
  switch (node.kind) {
    case 'null':
      return null;
    case 'boolean':
      return random.below(2) === 1;
    case 'int':
      return (random.next() * 4_294_967_296 - 2_147_483_648) | 0;
    case 'long':
      return pick(LONGS);
    case 'float':
      return Math.fround(random.next() * 200 - 100);
    case 'double':
      return pick(DOUBLES);
    case 'string':
      return pick(TEXTS);
    case 'bytes':
      return Buffer.from(Array.from({ length: random.below(9) }, () => random.below(256)));
    case 'fixed':
      return Buffer.from(Array.from({ length: node.size }, () => random.below(256)));
    case 'enum':
      return pick(node.symbols);
    case 'array':
      return Array.from({ length: depth > 5 ? 0 : random.below(4) }, () => randomValue(node.items, random, depth + 1));
    case 'map': {
      const map = Object.create(null);
      for (let left = depth > 5 ? 0 : random.below(4); left > 0; left--)
        map[pick(TEXTS)] = randomValue(node.values, random, depth + 1);
      return map;
    }
    case 'record':
      return Object.fromEntries(node.fields.map((field) => [field.name, randomValue(field.type, random, depth + 1)]));
    case 'union': {
      const nullIndex = node.branches.findIndex((branch) => branch.kind === 'null');
      const index = depth > 5 && nullIndex >= 0 ? nullIndex : random.below(node.branches.length);
      const branch = node.branches[index];
      if (branch.kind === 'null') return null;
      const value = randomValue(branch, random, depth + 1);
      const nullable = node.branches.length === 2 && nullIndex >= 0;
      return nullable ? value : { [branch.name ?? branch.kind]: value };
    }
  }
}

const INTERESTING = [0x00, 0x01, 0x02, 0x03, 0x7f, 0x80, 0x81, 0xfe, 0xff];

/** A copy of the bytes with one to three edits: flip, set, insert, delete, cut, repeat, a huge varint. */
function mutate(bytes, random) {
  let mutant = Buffer.from(bytes);
  for (let edits = 1 + random.below(3); edits > 0; edits--) {
    const at = random.below(mutant.length + 1);
    const before = mutant.subarray(0, at);
    const after = mutant.subarray(at);
    switch (random.below(7)) {
      case 0:
        if (at < mutant.length) mutant[at] ^= 1 << random.below(8);
        break;
      case 1:
        if (at < mutant.length) mutant[at] = INTERESTING[random.below(INTERESTING.length)];
        break;
      case 2:
        mutant = Buffer.concat([before, Buffer.from([random.below(256)]), after]);
        break;
      case 3:
        mutant = Buffer.concat([before, after.subarray(1)]);
        break;
      case 4:
        mutant = Buffer.from(before);
        break;
      case 5:
        mutant = Buffer.concat([before, after, after.subarray(0, 16)]);
        break;
      case 6:
        mutant = Buffer.concat([before, varint(random), after.subarray(1)]);
        break;
    }
  }
  return mutant;
}

/** A varint of 1 to 11 bytes, so also ones that are too long. */
function varint(random) {
  const bytes = Array.from({ length: 1 + random.below(11) }, () => 0x80 | random.below(128));
  bytes.push(random.below(128));
  return Buffer.from(bytes);
}

module.exports = { randomOf, randomValue, mutate };
