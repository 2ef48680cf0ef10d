// Golden values as JSON that people can read: bytes stand as {"base64": "..."}.

function toGoldenJson(value) {
  return `${JSON.stringify(mark(value), null, 2)}\n`;
}

function fromGoldenJson(text) {
  return JSON.parse(text, (_, value) =>
    value && typeof value === 'object' && typeof value.base64 === 'string' && Object.keys(value).length === 1
      ? Buffer.from(value.base64, 'base64')
      : value,
  );
}

/** JSON.stringify would let Buffer turn itself into a list of numbers before a replacer sees it. */
function mark(value) {
  if (Buffer.isBuffer(value)) return { base64: value.toString('base64') };
  if (Array.isArray(value)) return value.map(mark);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mark(item)]));
}

module.exports = { fromGoldenJson, toGoldenJson };
