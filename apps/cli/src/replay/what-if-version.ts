import { type Arm, ModelVersionRegistered, Topics } from '@millrace/contracts';
import type { Context } from '../platform/context';
import { endpointFacts } from '../reading/endpoint-facts';
import { readFacts } from '../reading/read-facts';
import { CliError, EXIT } from '../terminal/cli-error';
import { WhatIf } from './what-if';

export interface WhatIfOptions {
  readonly major: number | null;
  readonly slice: string | null;
  readonly threshold: number | null;
}

/** `2` is a version of the model that the endpoint serves, `<model>:2` one of any model; both as the log registered them. */
export async function whatIfOf(
  context: Context,
  endpoint: string,
  reference: string,
  { major, slice, threshold }: WhatIfOptions,
): Promise<WhatIf> {
  const match = /^(?:([a-z][a-z0-9-]{0,62}):)?(\d+)$/.exec(reference);
  if (!match) throw new CliError(`--version takes <v> or <model>:<v>; "${reference}" is neither.`, EXIT.usage);
  const { created, releases } = await endpointFacts(context, endpoint, major);
  const model = match[1] ?? releases.at(-1)?.arms[0]?.model ?? created.model;
  const versions = await readFacts(context, Topics.models, {
    records: [ModelVersionRegistered],
    keep: ({ key }) => key === model,
  });
  const all = versions.map(({ data }) => data as ModelVersionRegistered);
  const one = all.find(({ version }) => version === Number(match[2]));
  if (!one)
    throw new CliError(
      `${model} has no version ${match[2]}. It has: ${all.map(({ version }) => version).join(', ') || 'none'}.`,
    );
  const { version, artifact, signature } = one;
  const arm: Arm = { arm: 'what-if', model, version, artifact, signature, probability: 1 };
  return new WhatIf(arm, slice, threshold);
}
