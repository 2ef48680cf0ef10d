import { EndpointCreated, EndpointRetired, ReleaseActivated, ReleaseHalted, Topics } from '@millrace/contracts';
import type { Context } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import { nearestName } from '../terminal/nearest-name';
import { readFacts } from './read-facts';

export interface EndpointFacts {
  readonly created: EndpointCreated;
  readonly retired: EndpointRetired | null;
  /** Of this major, in the order of the log. */
  readonly releases: readonly ReleaseActivated[];
  /** Of every major: a halt stops them all. */
  readonly halts: readonly ReleaseHalted[];
}

/** What the log says of one endpoint: from Kafka alone, so that it needs neither gateway nor database. */
export async function endpointFacts(context: Context, name: string, major: number | null): Promise<EndpointFacts> {
  const facts = await readFacts(context, Topics.endpoints, { records: [EndpointCreated, EndpointRetired] });
  const created = facts
    .filter(({ record }) => record === EndpointCreated.fullName)
    .map(({ data }) => data as EndpointCreated);
  const majors = created.filter(({ endpoint }) => endpoint === name);
  if (majors.length === 0) throw unknownEndpoint(name, [...new Set(created.map(({ endpoint }) => endpoint))]);
  const one = major === null ? majors.at(-1) : majors.findLast((each) => each.major === major);
  if (!one)
    throw new CliError(
      `${name} has no major ${major}. It has: ${majors.map((each) => each.major).join(', ')}.`,
      EXIT.usage,
    );
  const retired = facts.find(({ record, key }) => record === EndpointRetired.fullName && key === name);
  const releases = await readFacts(context, Topics.releases, {
    records: [ReleaseActivated, ReleaseHalted],
    keep: ({ key }) => key === name,
  });
  return {
    created: one,
    retired: (retired?.data as EndpointRetired | undefined) ?? null,
    releases: releases
      .filter(({ record }) => record === ReleaseActivated.fullName)
      .map(({ data }) => data as ReleaseActivated)
      .filter((each) => each.major === one.major),
    halts: releases.filter(({ record }) => record === ReleaseHalted.fullName).map(({ data }) => data as ReleaseHalted),
  };
}

export function unknownEndpoint(name: string, names: readonly string[]): CliError {
  const nearest = nearestName(name, names);
  const hint = nearest
    ? ` Did you mean ${nearest}?`
    : names.length > 0
      ? ` There are: ${names.join(', ')}.`
      : ' There is none yet.';
  return new CliError(`There is no endpoint ${name}.${hint}`, EXIT.failed, 'UNKNOWN_ENDPOINT');
}
