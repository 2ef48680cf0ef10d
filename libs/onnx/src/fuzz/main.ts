import { Random } from '@millrace/learning';
import { dryRunModel } from '../dry-run/dry-run-model';
import { gateModel } from '../gate/gate-model';
import { mutateBytes } from './mutate-bytes';
import { mutateModel } from './mutate-model';
import { sampleCorpus } from './sample-corpus';

/**
 * node libs/onnx/dist/fuzz/main.js [mutants = 100000] [dry runs = 300] [seed = 1]
 *
 * Judges mutants of the corpus by the gate in this process, which must survive, and tries some of those that are let in in
 * limited children. Prints counts by verdict; exits with 1 when a judgement failed or a child crashed.
 */
async function main([mutants = '100000', dryRuns = '300', seed = '1']: string[]): Promise<void> {
  const corpus = sampleCorpus();
  const random = new Random(Number(seed));
  const verdicts = new Map<string, number>();
  const letIn: Uint8Array[] = [];
  let slowestMs = 0;
  for (let n = 0; n < Number(mutants); n++) {
    const { bytes } = corpus[n % corpus.length];
    const mutant = random.below(4) === 0 ? mutateBytes(bytes, random) : mutateModel(bytes, random);
    const began = performance.now();
    const verdict = gateModel(mutant);
    slowestMs = Math.max(slowestMs, performance.now() - began);
    count(verdicts, verdict.accepted ? 'ACCEPTED' : verdict.reasonCode);
    if (verdict.accepted && letIn.length < Number(dryRuns)) letIn.push(mutant);
  }
  console.log(
    JSON.stringify({ mutants: Number(mutants), seed: Number(seed), slowestMs, verdicts: Object.fromEntries(verdicts) }),
  );
  const runs = new Map<string, number>();
  for (const mutant of letIn) {
    const report = await dryRunModel(mutant, { timeoutMs: 10_000 });
    count(runs, report.accepted ? 'ACCEPTED' : report.reasonCode);
  }
  console.log(JSON.stringify({ dryRuns: letIn.length, verdicts: Object.fromEntries(runs) }));
  if (verdicts.has('GATE_FAILED') || runs.has('DRY_RUN_CRASHED') || runs.has('DRY_RUN_TIMEOUT')) process.exitCode = 1;
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

void main(process.argv.slice(2));
