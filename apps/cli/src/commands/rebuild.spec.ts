import type { RebuildReport, TableReport } from '@millrace/contracts';
import { show } from './rebuild';

const lacks = [{ topic: 'serve.x.responses.v1', partition: 2, offset: 70 }];
const table = (name: string, change: Partial<TableReport> = {}): TableReport => ({
  table: name,
  kind: 'projection',
  rows: 3,
  rowsRebuilt: 3,
  hash: 'a'.repeat(64),
  hashRebuilt: 'a'.repeat(64),
  difference: null,
  lacks: [],
  ...change,
});
const difference = { key: '["a"]', how: 'missing', rows: 2 } as const;

/** What is printed, without what borders tables. */
function shown(tables: TableReport[], change: Partial<RebuildReport> = {}): string {
  const said: string[] = [];
  const take = (text: string | Uint8Array) => said.push(String(text)) > 0;
  const spies = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, 'write').mockImplementation(take));
  show({ service: 'x', tables, work: [], trimmed: [], facts: 1, unpublished: 0, folded: 2, swapped: [], ...change });
  for (const spy of spies) spy.mockRestore();
  return said.join('');
}

describe('cli > rebuild > show', () => {
  it('claims that all is equal only when every table is', () => {
    expect(shown([table('a')])).toContain('every table is what the log says');
    const found = shown([table('a'), table('b', { difference })]);
    expect(found).toContain('1 of 2 tables differ from the log');
    expect(found).toContain('2 rows differ, first ["a"] (missing)');
  });

  it('neither calls a table different nor equal that may rest on what was trimmed', () => {
    const found = shown([table('a'), table('b', { difference, lacks })], { trimmed: lacks });
    expect(found).toContain('serve.x.responses.v1/2 begins at offset 70');
    expect(found).toContain('not judged, the log was trimmed: 2 rows differ');
    expect(found).toContain('1 of 2 tables are what the log says');
    expect(found).not.toMatch(/differ from the log|every table/);
  });
});
