import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constantBomb, endlessLoop, perceptron, treeModel } from '../testing/sample-models';
import { dryRunModel } from './dry-run-model';
import { runLimited } from './run-limited';

// Nothing here depends on speed; a machine under load is only given the time that it needs.
jest.setTimeout(120_000);

const GIB = 1024 ** 3;
const session = join(__dirname, '../../dist/session/model-session.js');
const exportsFolder = join(__dirname, '../../test/exports');

describe('onnx > dryRunModel', () => {
  it.each([
    ['trees', treeModel()],
    ['a perceptron', perceptron()],
    ...readdirSync(exportsFolder)
      .filter((name) => name.endsWith('.onnx') && !name.includes('zipmap'))
      .map((name) => [name, readFileSync(join(exportsFolder, name))] as const),
  ] as [string, Uint8Array][])('accepts %s with its signature', async (_, bytes) => {
    const report = await dryRunModel(bytes, { timeoutMs: 60_000 });
    expect(report).toMatchObject({ accepted: true });
    expect(report.accepted && report.signature.outputs.length).toBeGreaterThan(0);
  });
  it.each([
    ['bytes that are no model', Buffer.from('cos\nsystem\n'), 'NOT_ONNX'],
    ['a graph that makes maps', readFileSync(join(exportsFolder, 'sklearn-zipmap.onnx')), 'OPERATOR_NOT_ALLOWED'],
    ['an endless loop', endlessLoop(), 'SUBGRAPH'],
    ['a constant of 8 GiB', constantBomb(), 'TOO_MUCH_MEMORY'],
  ])('refuses %s', async (_, bytes, reasonCode) => {
    expect(await dryRunModel(bytes, { timeoutMs: 60_000 })).toMatchObject({ accepted: false, reasonCode });
  });
  it('refuses what does not finish in time', async () => {
    expect(await dryRunModel(treeModel(), { timeoutMs: 1 })).toMatchObject({
      accepted: false,
      reasonCode: 'DRY_RUN_TIMEOUT',
    });
  });
  it('blames the platform, not the model, when the limit is too tight for the runtime itself', async () => {
    const tight = dryRunModel(treeModel(), { timeoutMs: 60_000, memoryBytes: 64 * 1024 * 1024 });
    await expect(tight).rejects.toMatchObject({ code: 'DRY_RUN_UNAVAILABLE', retriable: true });
  });
});

/** What the limits are for: models that the gate would refuse, run without it. */
describe('onnx > runLimited', () => {
  const folder = mkdtempSync(join(tmpdir(), 'run-limited-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const script = (name: string, source: string): string => {
    const path = join(folder, name);
    writeFileSync(path, source);
    return path;
  };
  const withoutGate = () =>
    script(
      'without-gate.cjs',
      `const { ModelSession } = require(${JSON.stringify(session)});
       const chunks = [];
       process.stdin.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
         process.stdout.write('loading\\n');
         ModelSession.load(Buffer.concat(chunks)).then(
           () => process.stdout.write('ran'),
           (error) => process.stdout.write('refused: ' + error.code + ' ' + error.message),
         );
       });`,
    );

  it('kills a model that never returns', async () => {
    const ending = await runLimited(withoutGate(), endlessLoop(), { timeoutMs: 3_000, memoryBytes: 2 * GIB });
    expect(ending).toMatchObject({ timedOut: true, how: 'SIGKILL' });
    // On a machine under load the kill may come before the first line; it never comes after an answer.
    expect('loading\n').toContain(ending.output.toString());
  });
  it('turns a model that asks for 8 GiB into an error, without a path of this machine in its message', async () => {
    const ending = await runLimited(withoutGate(), constantBomb(), { timeoutMs: 60_000, memoryBytes: 2 * GIB });
    expect(ending.timedOut).toBe(false);
    expect(ending.output.toString()).toMatch(
      /^loading\nrefused: MODEL_UNUSABLE The model cannot be used: [a-zA-Z ]+\.$/,
    );
  });
  it('kills a script that ignores signals, and gives what it had written', async () => {
    const stubborn = script(
      'stubborn.cjs',
      `process.on('SIGTERM', () => {}); process.stdout.write('so far'); for (;;);`,
    );
    const ending = await runLimited(stubborn, new Uint8Array(10), { timeoutMs: 2_000, memoryBytes: 2 * GIB });
    expect(ending.timedOut).toBe(true);
    expect('so far').toContain(ending.output.toString());
  });
  it('gives the child no environment and survives one that does not read', async () => {
    const deaf = script(
      'deaf.cjs',
      `process.stdin.destroy(); process.stdout.write(JSON.stringify(process.env)); process.exitCode = 7;`,
    );
    const ending = await runLimited(deaf, new Uint8Array(1_000_000), { timeoutMs: 60_000, memoryBytes: 2 * GIB });
    expect(ending.how).toBe('exit code 7');
    expect(
      Object.keys(JSON.parse(ending.output.toString())).filter(
        (name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name),
      ),
    ).toEqual([]);
  });
});
