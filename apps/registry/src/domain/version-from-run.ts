import type { RunCompleted } from '@millrace/contracts';
import type { NewVersion } from './register-version';

/** What a completed run hands to the registry; hold-out and baseline metrics stand beside each other. */
export function versionFromRun(run: RunCompleted): NewVersion {
  const { artifact, signature, holdOut, baseline, chosen } = run.result;
  return {
    model: run.model,
    artifact,
    signature,
    origin: 'RUN',
    run: run.run,
    dataset: run.dataset,
    datasetDigest: run.datasetDigest,
    learner: null,
    metrics: { ...prefixed('holdOut', holdOut), ...prefixed('baseline', baseline) },
    description: `${chosen}, trained on ${run.dataset}`,
  };
}

const prefixed = (prefix: string, metrics: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${prefix}.${name}`, value]));
