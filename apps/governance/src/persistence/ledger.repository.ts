import { LedgerKeyRotated, LedgerRefused, TreeHeadSigned } from '@millrace/contracts';
import type { StoredTree } from '@millrace/ledger';
import { MerkleFrontier } from '@millrace/ledger';
import { type AggregateKind, Aggregates, Events } from '@millrace/messaging';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import { evolveLedger, type Ledger, type LedgerFact, noLedger } from '../domain/ledger';

const LEDGERS: AggregateKind<Ledger, LedgerFact> = {
  table: 'ledgers',
  initial: noLedger,
  evolve: evolveLedger,
  records: { TreeHeadSigned, LedgerKeyRotated, LedgerRefused },
};

/** What was read of one partition in one batch. */
export interface NewLeaves {
  readonly topic: string;
  readonly partition: number;
  /** Behind the last of them: what heads say depends on the records alone, not on how markers fell into batches. */
  readonly nextOffset: number;
  /** Leaf hashes of the committed records, in offset order. */
  readonly leaves: readonly Buffer[];
}

/** The ledger's state, and the trees that its next head is made of. All of it inside an open unit of work. */
@Injectable()
export class LedgerRepository {
  readonly ledgers: Aggregates<Ledger, LedgerFact>;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    events: Events,
  ) {
    this.ledgers = new Aggregates(unitOfWork, events, LEDGERS);
  }

  async grow({ topic, partition, nextOffset, leaves }: NewLeaves): Promise<void> {
    if (leaves.length === 0) return;
    const { manager } = this.unitOfWork;
    const [row]: { frontier: Buffer }[] = await manager.query(
      'SELECT frontier FROM ledger_trees WHERE topic = $1 AND partition = $2',
      [topic, partition],
    );
    const tree = row === undefined ? MerkleFrontier.empty() : MerkleFrontier.fromBytes(row.frontier);
    for (const leaf of leaves) tree.append(leaf);
    await manager.query(
      `INSERT INTO ledger_trees (topic, partition, next_offset, frontier) VALUES ($1, $2, $3, $4)
       ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset, frontier = excluded.frontier`,
      [topic, partition, nextOffset, tree.toBytes()],
    );
  }

  /** Goes on from a tree that a head has stored. */
  async goOnFrom({ topic, partition, nextOffset, frontier }: StoredTree): Promise<void> {
    await this.unitOfWork.manager.query(
      'INSERT INTO ledger_trees (topic, partition, next_offset, frontier) VALUES ($1, $2, $3, $4)',
      [topic, partition, nextOffset, frontier],
    );
  }

  /** All trees as they stand at one moment, in no order. */
  async trees(): Promise<StoredTree[]> {
    const rows: { topic: string; partition: number; next_offset: string; frontier: Buffer }[] =
      await this.unitOfWork.manager.query('SELECT topic, partition, next_offset, frontier FROM ledger_trees');
    return rows.map(({ topic, partition, next_offset, frontier }) => ({
      topic,
      partition,
      nextOffset: Number(next_offset),
      frontier,
    }));
  }
}
