import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runRebuild } from './rebuild-process';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-starter-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A program that says these lines and ends so. */
async function starter(code: number, ...lines: string[]): Promise<string> {
  const file = path.join(folder, 'starter.cjs');
  const say = lines.map((line) => `console.log(${JSON.stringify(line)});`).join('');
  await writeFile(file, `${say} console.error('it says why'); process.exitCode = ${code};`);
  return file;
}
const told: [string, number, number][] = [];
const run = (file: string, home = '/home/of/it') =>
  runRebuild({ home, prefix: '' }, 'registry', false, (...one) => told.push(one), file);

describe('cli > platform > rebuild-process', () => {
  it('listens to progress and report among the lines of the log', async () => {
    const report = { service: 'registry', tables: [], work: [], trimmed: [], facts: 1, unpublished: 0, folded: 0 };
    const file = await starter(
      3,
      '{"level":30,"msg":"Connected"}',
      '{"rebuild":"progress","step":"own facts","done":1,"total":2}',
      '{"rebuild":broken',
      JSON.stringify({ rebuild: 'report', report }),
    );
    expect(await run(file)).toEqual(report);
    expect(told).toEqual([['own facts', 1, 2]]);
  });

  it('gives the reason of a rebuild that failed, and its code', async () => {
    const file = await starter(1, '{"rebuild":"failed","code":"FACT_MISSING","message":"The facts have a gap."}');
    await expect(run(file)).rejects.toMatchObject({ message: 'The facts have a gap. (FACT_MISSING)', exitCode: 1 });
  });

  it('keeps the report of a rebuild that could not judge every table', async () => {
    const report = { service: 'registry', tables: [] };
    const failed = '{"rebuild":"failed","code":"LOG_TRIMMED","message":"The log no longer has its beginning."}';
    expect(await run(await starter(1, JSON.stringify({ rebuild: 'report', report }), failed))).toEqual(report);
  });

  it('gives what was said last by a program that ends without a word about it', async () => {
    await expect(run(await starter(1))).rejects.toThrow('it says why');
  });

  it('says where it can be run when no installation is known here', async () => {
    await expect(run(await starter(0), '')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('node apps/registry/dist/main.js rebuild'),
    });
  });
});
