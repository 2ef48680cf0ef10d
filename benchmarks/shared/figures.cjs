/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {number | null} value null when it could not be measured here
 * @property {string} unit
 * @property {{atMost?: number, atLeast?: number}} [target] none for a figure that is only told
 */

/** Whether a figure meets its target; undefined when it has none or was not measured. @param {Figure} figure */
function isMet({ value, target }) {
  if (!target || value === null) return undefined;
  return value <= (target.atMost ?? Number.POSITIVE_INFINITY) && value >= (target.atLeast ?? Number.NEGATIVE_INFINITY);
}

/** @param {string} name @param {{load: object, figures: Figure[], skipped?: string[], error?: string}} result */
function figuresTable(name, { load, figures, skipped = [], error }) {
  const rows = figures.map((figure) => [
    figure.name,
    figure.value === null ? '-' : `${figure.value} ${figure.unit}`.trim(),
    targetOf(figure),
    verdict(figure),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column].length)));
  return [
    `${name} (load ${load.before[0]} before, ${load.after[0]} after)`,
    ...rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()),
    ...skipped.map((reason) => `  skipped: ${reason}`),
    ...(error ? [`  FAILED: ${error}`] : []),
  ].join('\n');
}

function targetOf({ target }) {
  if (!target) return '';
  return target.atMost === undefined ? `>= ${target.atLeast}` : `<= ${target.atMost}`;
}

function verdict(figure) {
  if (figure.value === null) return 'not measured';
  const met = isMet(figure);
  return met === undefined ? '' : met ? 'met' : 'MISSED';
}

module.exports = { figuresTable, isMet };
