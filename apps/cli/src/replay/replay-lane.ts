import type { Difference } from './causes';
import { sameOutputs } from './compare-outputs';
import { BatchGatherer, type GatheredBatch, type Row, standsRight } from './gather-batches';
import { type Joined, judgeResponse, wasBadOutput } from './judge-response';
import type { Computed, Predict } from './replay-models';
import type { ReplayTally } from './replay-tally';
import type { RouteBook } from './route-book';

export interface ReplayLaneOptions {
  readonly book: RouteBook;
  readonly predict: Predict;
  readonly tally: ReplayTally;
  /** Of this machine: responses of the same one are compared bit for bit, of others within the tolerance. */
  readonly runtime: string;
  /** First request that retention kept: a batch that began before it cannot be computed again. */
  readonly firstRequest: number;
  /** Whether retention took responses before the first one that is read: its batch may have begun among them. */
  readonly responsesTrimmed: boolean;
}

/** Computes the responses of one partition again, in the order of its log, and tells the tally what differs. */
export class ReplayLane {
  private readonly gatherer = new BatchGatherer();
  /** Requests before this one have no response, or were taken themselves. */
  private trimmedBefore: number | null = null;

  constructor(private readonly options: ReplayLaneOptions) {}

  /** Whether responses behind the range are needed to complete a batch. */
  get waits(): boolean {
    return this.gatherer.hasOpen;
  }

  /** @returns batches to be computed by `compute`; mostly none, so that most rows cost no await. */
  take(joined: Joined): GatheredBatch[] {
    const { book, tally, responsesTrimmed, firstRequest } = this.options;
    this.trimmedBefore ??= Math.max(firstRequest, responsesTrimmed ? joined.response.requestOffset : 0);
    const judgement = judgeResponse(joined, book);
    const { verdict } = judgement;
    if (joined.inRange) {
      tally.response(joined.response);
      if (verdict.kind === 'told') tally.told(verdict.reason);
      if (verdict.kind === 'differs') this.differs(joined, verdict);
    }
    return this.gatherer.take(joined, judgement);
  }

  finish(): GatheredBatch[] {
    return this.gatherer.finish();
  }

  async compute(batch: GatheredBatch): Promise<void> {
    const { rows, arm, state } = batch;
    const { tally, predict } = this.options;
    if (!rows.some(({ inRange }) => inRange)) return;
    if (state === 'unnamed') {
      for (const { inRange, response } of rows) if (inRange) tally.told(`FAILED/${response.reasonCode}`);
      return;
    }
    if (this.isTrimmed(batch)) {
      for (const row of rows) if (isWanted(row)) tally.trimmed++;
      return;
    }
    tally.batch(rows.length);
    const right = rows.map((row, place) => state === 'whole' && standsRight(row, place, batch));
    rows.forEach((row, place) => {
      if (isWanted(row) && !right[place]) this.incomplete(row, place, batch);
    });
    if (!right.includes(true)) return;
    const computed = await predict(
      arm,
      rows.map(({ request }) => request.features),
    );
    rows.forEach((row, place) => {
      if (isWanted(row) && right[place]) this.compare(row, place, computed);
    });
  }

  private isTrimmed({ rows, state }: GatheredBatch): boolean {
    const first = rows[0]!.response.decision?.batch.firstOffset;
    return state === 'beheaded' && first !== undefined && first < (this.trimmedBefore ?? 0);
  }

  private compare(row: Row, place: number, computed: Computed): void {
    const { response } = row;
    if ('cause' in computed) {
      this.differs(row, { cause: computed.cause, recorded: response.decision?.modelDigest, computed: computed.why });
      return;
    }
    const exact = response.runtime === this.options.runtime;
    if (!exact) this.options.tally.otherRuntime(response.runtime);
    const recorded = wasBadOutput(response) ? null : response.outputs;
    const outputs = computed.outputs[place]!;
    if (!sameOutputs(recorded, outputs, exact))
      this.differs(row, { cause: 'other-outputs', recorded, computed: outputs ?? 'BAD_OUTPUT' });
  }

  private incomplete(row: Row, index: number, { rows }: GatheredBatch): void {
    const recorded = row.response.decision?.batch ?? null;
    const found = { firstOffset: rows[0]!.response.requestOffset, index, size: rows.length };
    this.differs(row, { cause: 'batch-incomplete', recorded, computed: found });
  }

  private differs(
    { partition, offset, response }: Joined,
    what: Pick<Difference, 'cause' | 'recorded' | 'computed'>,
  ): void {
    const { cause, recorded, computed } = what;
    this.options.tally.differs({ cause, partition, offset, requestId: response.requestId, recorded, computed });
  }
}

/** Rows that the log alone found fault with, and those outside of the range, are in the batch but not compared. */
const isWanted = ({ inRange, judgement }: Row): boolean => inRange && judgement.verdict.kind === 'same';
