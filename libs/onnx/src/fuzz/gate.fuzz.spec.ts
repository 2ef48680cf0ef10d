import { Random } from '@millrace/learning';
import { dryRunModel } from '../dry-run/dry-run-model';
import { gateModel } from '../gate/gate-model';
import { mutateBytes } from './mutate-bytes';
import { mutateModel } from './mutate-model';
import { sampleCorpus } from './sample-corpus';

// Nothing here depends on speed; a machine under load is only given the time that it needs.
jest.setTimeout(120_000);

const MUTANTS_PER_MODEL = 400;
const DRY_RUNS = 12;

/** `npm run fuzz --workspace libs/onnx -- 100000` runs as many as you like. */
describe('onnx > fuzz > gate', () => {
  const letIn: Uint8Array[] = [];
  it.each(sampleCorpus().map(({ name, bytes }) => [name, bytes] as const))('judges every mutant of %s', (_, bytes) => {
    const random = new Random(2026);
    for (let n = 0; n < MUTANTS_PER_MODEL; n++) {
      const mutant = n % 2 === 0 ? mutateBytes(bytes, random) : mutateModel(bytes, random);
      const verdict = gateModel(mutant);
      // GATE_FAILED would mean an error that nobody thought of.
      expect(verdict.accepted ? 'let in' : verdict.reasonCode).not.toBe('GATE_FAILED');
      if (verdict.accepted) letIn.push(mutant);
      else expect(verdict.reason.length).toBeGreaterThan(10);
    }
  });
  it('has judged at least two thousand', () => {
    expect(sampleCorpus().length * MUTANTS_PER_MODEL).toBeGreaterThanOrEqual(2000);
    expect(letIn.length).toBeGreaterThan(DRY_RUNS);
  });
  it('a dry run of mutants that were let in always ends with a verdict', async () => {
    const every = Math.floor(letIn.length / DRY_RUNS);
    for (let n = 0; n < DRY_RUNS; n++) {
      const report = await dryRunModel(letIn[n * every], { timeoutMs: 60_000 });
      expect(report.accepted ? 'ACCEPTED' : report.reasonCode).toMatch(/^(ACCEPTED|MODEL_UNUSABLE|MODEL_FAILED)$/);
    }
  });
});
