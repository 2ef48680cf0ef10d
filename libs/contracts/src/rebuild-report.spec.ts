import { logTrimmed, type RebuildReport, type TableReport, type Trimmed, verdictOn } from './rebuild-report';

const changed = { key: '["a"]', how: 'missing', rows: 1 } as const;
const begin = (partition: number): Trimmed => ({ topic: 'serve.x.responses.v1', partition, offset: 100 + partition });
const table = (name: string, difference: TableReport['difference'], lacks: Trimmed[]): TableReport => ({
  table: name,
  kind: 'projection',
  rows: 1,
  rowsRebuilt: 1,
  hash: 'a',
  hashRebuilt: difference ? 'b' : 'a',
  difference,
  lacks,
});
const report = (...tables: TableReport[]): RebuildReport => ({
  service: 'monitoring',
  tables,
  work: [],
  trimmed: [],
  facts: 0,
  unpublished: 0,
  folded: 0,
  swapped: [],
});

describe('contracts > rebuild-report', () => {
  it('judges a table that differs only when the log has all that its rows may rest on', () => {
    expect(verdictOn(table('a', null, []))).toBe('equal');
    expect(verdictOn(table('a', changed, []))).toBe('differs');
    expect(verdictOn(table('a', changed, [begin(0)]))).toBe('untold');
  });

  it('calls equal what came out the same, trimmed or not', () => {
    expect(verdictOn(table('a', null, [begin(0)]))).toBe('equal');
    expect(logTrimmed(report(table('a', null, [begin(0)]), table('b', changed, [])))).toBeNull();
  });

  it('says where the log begins, which tables that concerns, and what to do', () => {
    const error = logTrimmed(report(table('windows', changed, [begin(0), begin(1)]), table('b', changed, [begin(0)])));
    expect(error).toMatchObject({ code: 'LOG_TRIMMED', retriable: false });
    expect(error?.message).toContain(
      'serve.x.responses.v1/0 begins at offset 100, serve.x.responses.v1/1 begins at offset 101. Rows of windows, b may rest',
    );
    expect(error?.message).toContain('restore the database of monitoring from a backup');
  });

  it('names the first of many partitions, and counts the rest', () => {
    const many = Array.from({ length: 9 }, (_, partition) => begin(partition));
    expect(logTrimmed(report(table('windows', changed, many)))?.message).toContain('103 (and 5 partitions more)');
  });
});
