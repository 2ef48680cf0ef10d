import { Topics, type TreeHeadSigned } from '@millrace/contracts';
import { ControlReader, KafkaClient, SchemaRegistryClient } from '@millrace/messaging';
import { Injectable } from '@nestjs/common';

const WAIT_MS = 10_000;

/** What stands on the topic of tree heads, which only this service writes. */
@Injectable()
export class TreeHeadTopic {
  private readonly reader: ControlReader;

  constructor(
    private readonly client: KafkaClient,
    schemas: SchemaRegistryClient,
  ) {
    this.reader = new ControlReader(schemas, Topics.treeHeads.records);
  }

  /** The version of the ledger that the last fact of the topic tells; 0 when it is empty. */
  async lastVersion(): Promise<number> {
    const { name } = Topics.treeHeads;
    const end = (await this.client.admin.endOffsets(name)).get(0) ?? 0;
    if (end === 0) return 0;
    const reader = this.client.partitionReader({ topic: name, maxWaitMs: 500 });
    try {
      reader.assign(name, 0, end - 1);
      let version = 0;
      const signal = AbortSignal.timeout(WAIT_MS);
      while (reader.position(name, 0) < end && !signal.aborted) {
        for (const { records } of await reader.fetch(signal)) {
          while (records.next()) {
            const fact = await this.reader.read(records.record());
            version = Math.max(version, (fact?.data as TreeHeadSigned | undefined)?.aggregateVersion ?? 0);
          }
        }
      }
      return version;
    } finally {
      await reader.close();
    }
  }
}
