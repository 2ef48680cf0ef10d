/**
 * Avro field names for the columns of a file, in order: characters outside `[A-Za-z0-9_]` become `_`, a leading digit
 * gets `_` before it, a column without a name becomes `column_<position>`, and a name that is taken gets `_2`, `_3` ...
 *
 * A function of the column names alone, so that a file's columns find the fields that were once proposed from them.
 */
export function fieldNames(columns: readonly string[]): string[] {
  const taken = new Set<string>();
  return columns.map((column, index) => {
    const base = fieldName(column, index);
    let name = base;
    for (let copy = 2; taken.has(name); copy++) name = `${base}_${copy}`;
    taken.add(name);
    return name;
  });
}

function fieldName(column: string, index: number): string {
  const cleaned = column.trim().replaceAll(/[^A-Za-z0-9_]/g, '_');
  if (/^_*$/.test(cleaned)) return `column_${index + 1}`;
  return /^[0-9]/.test(cleaned) ? `_${cleaned}` : cleaned;
}
