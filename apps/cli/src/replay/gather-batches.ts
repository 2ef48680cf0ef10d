import type { Arm } from '@millrace/contracts';
import type { Joined, Judgement } from './judge-response';

/** One row of a micro-batch: a response for which a session ran. */
export interface Row extends Joined {
  readonly judgement: Judgement;
}

/** The rows that went through one call of a model together, in order. */
export interface GatheredBatch {
  readonly arm: Arm;
  readonly rows: readonly Row[];
  /** `beheaded`: its beginning is not there. `unnamed`: only bad outputs, which do not say in which batch they stood. */
  readonly state: 'whole' | 'beheaded' | 'unnamed';
}

interface Open {
  readonly arm: Arm;
  readonly rows: Row[];
  readonly firstOffset: number;
  readonly beheaded: boolean;
  readonly openedAt: number;
  /** Largest size that a member claims; null while only rows without a decision (bad outputs) are there. */
  size: number | null;
}

/** A micro-batch never reaches further over the responses of its partition: lanes take at most 256 requests together. */
const WINDOW = 256;

/**
 * Puts the rows of one partition back into their micro-batches: the responses with equal `batch.firstOffset` of one arm.
 * Rows whose output was no answer have no decision and stand in the batch of their arm that is open. Holds at most a window
 * of rows, however long the log is.
 */
export class BatchGatherer {
  /** By revision and arm: batches of one arm never overlap. */
  private readonly open = new Map<string, Open>();
  private seen = 0;

  get hasOpen(): boolean {
    return this.open.size > 0;
  }

  /** Takes the next response of the partition; those without an arm only move the window. @returns batches that are complete now. */
  take(joined: Joined, judgement: Judgement): GatheredBatch[] {
    this.seen++;
    const closed = this.closeOld();
    const { arm } = judgement;
    return arm === null ? closed : this.put(joined, judgement, arm, closed);
  }

  private put(joined: Joined, judgement: Judgement, arm: Arm, closed: GatheredBatch[]): GatheredBatch[] {
    const name = `${joined.response.releaseRevision}/${arm.arm}`;
    const { request, key, response, partition, offset, inRange } = joined;
    const row: Row = { request, key, response, partition, offset, inRange, judgement };
    let batch = this.open.get(name);
    if (batch && !belongs(row, batch)) {
      const carried = membersFrom(row, batch);
      closed.push(this.close(name, batch));
      batch = carried.length > 0 ? this.begin(carried[0]!, arm, carried) : undefined;
      if (batch) this.open.set(name, batch);
    }
    if (!batch) {
      batch = this.begin(row, arm);
      this.open.set(name, batch);
    }
    batch.rows.push(row);
    const claim = row.response.decision?.batch.size;
    if (claim !== undefined) batch.size = Math.max(batch.size ?? 0, Math.min(claim, WINDOW));
    if (batch.size !== null && batch.rows.length >= batch.size) closed.push(this.close(name, batch));
    return closed;
  }

  /** What is open at the end of the partition. */
  finish(): GatheredBatch[] {
    return [...this.open].map(([name, batch]) => this.close(name, batch));
  }

  private begin(row: Row, arm: Arm, rows: Row[] = []): Open {
    const claimed = row.response.decision?.batch;
    const firstOffset = claimed?.firstOffset ?? row.response.requestOffset;
    const beheaded = claimed !== undefined && claimed.index > 0;
    return { arm, rows, firstOffset, beheaded, openedAt: this.seen, size: null };
  }

  private closeOld(): GatheredBatch[] {
    const old: GatheredBatch[] = [];
    for (const [name, batch] of this.open) if (this.seen - batch.openedAt >= WINDOW) old.push(this.close(name, batch));
    return old;
  }

  private close(name: string, batch: Open): GatheredBatch {
    this.open.delete(name);
    const state = batch.size === null ? 'unnamed' : batch.beheaded ? 'beheaded' : 'whole';
    return { arm: batch.arm, rows: batch.rows, state };
  }
}

/** One member that claims a wrong first offset is still known by its place. */
function belongs({ response }: Row, batch: Open): boolean {
  if (!response.decision) return true;
  const { firstOffset, index, size } = response.decision.batch;
  return firstOffset === batch.firstOffset || (index > 0 && index === batch.rows.length && size === batch.size);
}

/** Bad outputs that stood before this row in its batch, taken out of the rows that could not be named until now. */
function membersFrom({ response }: Row, batch: Open): Row[] {
  if (batch.size !== null || !response.decision) return [];
  const { firstOffset } = response.decision.batch;
  const at = batch.rows.findIndex((row) => row.response.requestOffset === firstOffset);
  return at < 0 ? [] : batch.rows.splice(at);
}

/** Whether a row stands where its response says. */
export function standsRight({ response }: Row, place: number, batch: GatheredBatch): boolean {
  if (!response.decision) return true;
  const { firstOffset, index, size } = response.decision.batch;
  return index === place && size === batch.rows.length && firstOffset === batch.rows[0]!.response.requestOffset;
}
