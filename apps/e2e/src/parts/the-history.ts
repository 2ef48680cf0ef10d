import { createHash } from 'node:crypto';
import { Topics } from '@millrace/contracts';
import { assertCleanHistory, type PartitionLog } from '@millrace/testing';
import type { E2ePlatform } from '../platform/e2e-platform';
import { EndpointTopics } from '../platform/endpoint-topics';
import { LogReader } from '../platform/log-reader';
import { WhatFactsSay } from '../platform/what-facts-say';
import { rebuiltTables, verifiedLedger } from '../platform/what-the-platform-proves';

/** Every topic of facts: whatever an aggregate says is counted without a gap. */
const VERSIONED = Object.values(Topics)
  .filter((topic) => topic.class === 'facts')
  .map(({ name }) => name);

/** After everything that was done to the platform: the whole log, held against the invariants. */
export function theHistory(platform: () => E2ePlatform): void {
  describe('the history', () => {
    it('is clean: one answer each, in order, nothing lost, nothing aborted seen, no gap in any aggregate', async () => {
      const { endpoint } = await EndpointTopics.of(platform(), 'flights-late');
      const reader = new LogReader(platform(), endpoint);
      const facts = await logsOf(reader, VERSIONED);
      const say = new WhatFactsSay(facts, endpoint);
      const { requestsTopic: requests, responsesTopic: responses, deadLettersTopic: deadLetters } = endpoint;
      const traffic = say.withServed(await logsOf(reader, [requests, responses, deadLetters]));
      const { admin } = await platform().kafka();
      const committed = await admin.committedOffsets(`inference.${requests}`, requests);
      const logs = [...traffic, ...facts];
      const report = assertCleanHistory(
        {
          operations: [],
          logs,
          lanes: [{ requests, responses, deadLetters, committed, releases: say.releases() }],
          consumers: [],
          outboxes: [],
          versioned: VERSIONED,
          artifacts: new Map(say.models().map((digest) => [digest, digestIn(platform(), digest)])),
          windows: say.windows(),
          activations: say.activations(),
          tables: await rebuiltTables(platform()),
          ledger: await verifiedLedger(platform(), logs),
        },
        { responses: 2_000, deadLetters: 5, artifacts: 1, activations: 3, tables: 10, ledgered: 10, windows: 10 },
      );
      expect(report.broken).toEqual([]);
    });
  });
}

async function logsOf(reader: LogReader, topics: readonly string[]): Promise<PartitionLog[]> {
  const logs: PartitionLog[] = [];
  for (const topic of topics) logs.push(...(await reader.logsOf(topic)));
  return logs;
}

/** What the bytes in the store hash to that are there under a digest; null = there are none. */
function digestIn(platform: E2ePlatform, digest: string): string | null {
  const bytes = platform.artifact(digest);
  return bytes && createHash('sha256').update(bytes).digest('hex');
}
