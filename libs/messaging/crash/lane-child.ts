import { silentLogger } from '@millrace/contracts';
import { LaneHost } from '../src';
import { childSettings, connect, stay } from './child-settings';

/** Copies every record of `in` to `out`, in read-process-write mode, in many small transactions. */
async function main(): Promise<void> {
  const client = await connect(childSettings());
  const host = new LaneHost({
    client,
    group: 'copy',
    topic: 'in',
    limits: { maxRecords: 40 },
    outputs: ['out'],
    refuseWithoutOffsetWhenNotEmpty: 'out',
    processor: (partition) => ({
      async process({ records }, out) {
        while (records.next()) {
          const { key, value } = records.record();
          out.produce('out', partition, key, value);
        }
      },
    }),
    now: Date.now,
    logger: silentLogger,
  });
  await host.start();
  stay();
}

void main();
