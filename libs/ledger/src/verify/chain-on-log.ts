import { LedgerKeyRotated, PoisonError, Topics, TreeHeadSigned } from '@millrace/contracts';
import { ControlReader, type KafkaClient, type KafkaRecord, type SchemaSource } from '@millrace/messaging';
import { decodeHead } from '../head/tree-head';
import type { ChainLink } from './chain-walk';

const NEVER = new AbortController().signal;
const FETCH_BYTES = 4 * 1024 * 1024;

/** A link, and its offset on the topic. */
export type PlacedLink = ChainLink & { readonly place: number };

/**
 * The chain as it stands on the topic of tree heads. Repeats, which a relay that was killed may leave, are dropped by the version of
 * the ledger. A record that is no head is passed over, and the gap that it leaves breaks the chain where it stands.
 */
export class ChainOnLog {
  private readonly facts: ControlReader;

  constructor(
    private readonly client: KafkaClient,
    schemas: SchemaSource,
    /** Whose ledger it is to be: a change of key is told without it. */
    private readonly installation: string,
  ) {
    this.facts = new ControlReader(schemas, [TreeHeadSigned, LedgerKeyRotated]);
  }

  /** Records on the topic. */
  async size(): Promise<number> {
    return (await this.client.admin.endOffsets(Topics.treeHeads.name)).get(0) ?? 0;
  }

  /**
   * @param from offset of the topic to begin at
   * @param maxBytes of one fetch; little for who wants the first link alone
   */
  async *links(from = 0, maxBytes = FETCH_BYTES): AsyncGenerator<PlacedLink> {
    const { name } = Topics.treeHeads;
    const end = await this.size();
    const start = (await this.client.admin.startOffsets(name)).get(0) ?? 0;
    const reader = this.client.partitionReader({ topic: name, maxBytes, maxWaitMs: 250 });
    let version = 0;
    try {
      reader.assign(name, 0, Math.max(from, start));
      while (reader.position(name, 0) < end) {
        for (const { records } of await reader.fetch(NEVER)) {
          while (records.next()) {
            const record = records.record();
            const link = await this.linkOf(record);
            if (link === null || link.version <= version) continue;
            version = link.version;
            yield { ...link.link, place: record.offset };
          }
        }
      }
    } finally {
      await reader.close();
    }
  }

  private async linkOf(record: KafkaRecord): Promise<{ version: number; link: ChainLink } | null> {
    try {
      const fact = await this.facts.read(record);
      if (fact === null) return null;
      if (fact.record === LedgerKeyRotated.fullName) {
        const { aggregateVersion: version, ...rotation } = fact.data as LedgerKeyRotated;
        return { version, link: { ...rotation, installation: this.installation } };
      }
      const { aggregateVersion: version, head, trees } = fact.data as TreeHeadSigned;
      return { version, link: { ...decodeHead(head), trees } };
    } catch (error) {
      // Undecodable, or bytes that are no head: AppErrors both, of the record and not of the moment.
      if (error instanceof PoisonError || (error as { code?: string }).code === 'LEDGER_HEAD_MALFORMED') return null;
      throw error;
    }
  }
}
