import type { Row } from './forged-segments';

/** What can be done to the records of one batch; `at` is the row that suffers first. */
export const FORGERIES: readonly (readonly [name: string, forge: (rows: Row[], at: number) => Row[]])[] = [
  ['update', (rows, at) => rows.with(at, { ...rows[at], value: Buffer.concat([rows[at].value ?? Buffer.alloc(0), Buffer.of(1)]) })],
  ['delete', (rows, at) => rows.toSpliced(at, 1)],
  ['insert', (rows, at) => rows.toSpliced(at, 0, { ...rows[at], key: null, value: Buffer.from('never sent') })],
  ['reorder', (rows, at) => [...rows.toSpliced(at, 1), rows[at]]],
  ['swap', (rows, at) => rows.with(at, { ...rows[at], value: rows[at + 1].value }).with(at + 1, { ...rows[at + 1], value: rows[at].value })],
  ['back-date', (rows, at) => rows.with(at, { ...rows[at], timestamp: rows[at].timestamp - 1 })],
]; // biome-ignore format: one kind a line
