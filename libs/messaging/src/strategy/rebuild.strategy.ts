import { BatchFold } from '../modes/batch-fold';
import { FoldPositions } from '../modes/fold-positions';
import { type OffsetRange, readRanges } from '../rebuild/read-ranges';
import { checkFlow } from './check-flow';
import { MillraceStrategy } from './millrace.strategy';

/**
 * The handlers of a service without the consumers: nothing is read by itself, no group is joined. What the flow folds is folded
 * once more from the log, up to where the service stood.
 */
export class RebuildStrategy extends MillraceStrategy {
  protected override async begin(): Promise<void> {
    checkFlow(this.options.flow, [...this.messageHandlers.keys()]);
  }

  /** The group whose positions say how far the flow's fold inputs were read. */
  get group(): string {
    return `${this.options.flow.service}.fold`;
  }

  /** Names of the topics that the flow folds. */
  get topics(): string[] {
    return this.inputsOf('fold').map(({ topic }) => topic.name);
  }

  /** @param told after each batch, with the number of offsets that it has moved on */
  async refold(ranges: readonly OffsetRange[], signal: AbortSignal, told: (offsets: number) => void): Promise<void> {
    const options = this.foldOptions(this.inputsOf('fold'));
    const folding = new BatchFold(options, new FoldPositions(options));
    const context = { signal, trouble: () => {}, reached: () => {} };
    for await (const batch of readRanges(this.options.client, ranges, signal)) {
      await folding.take(batch, context);
      told(batch.nextOffset - batch.fetchOffset);
    }
  }
}
