// Pages under docs/generated.

const HEAD = '<!-- Written by `npm run generate`; changes by hand are lost and fail `npm test`. -->';

/** @param {string} title @param {string} intro @param {string[]} blocks */
function page(title, intro, blocks) {
  return `${[HEAD, `# ${title}`, intro, ...blocks].join('\n\n')}\n`;
}

/** @param {string[]} head @param {string[][]} rows */
function table(head, rows) {
  const line = (cells) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (text) => `\`${text}\``;

module.exports = { code, page, table };
