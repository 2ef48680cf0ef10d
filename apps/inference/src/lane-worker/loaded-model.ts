import type { Arm, FeatureValue } from '@millrace/contracts';
import { type ModelSession, predictRows } from '@millrace/onnx';
import type { ModelCalls } from './model-calls';

type Features = Readonly<Record<string, FeatureValue>>;

/** What the model said about one row: outputs, or why not. */
export type RowResult =
  | {
      readonly outputs: Record<string, FeatureValue>;
      readonly batchStart: number;
      readonly index: number;
      readonly size: number;
    }
  | { readonly failure: 'MODEL_FAILED' | 'BAD_OUTPUT' };

/** One arm of a release, its model loaded and ready: rows in, outputs out. */
export class LoadedModel {
  constructor(
    readonly arm: Arm,
    private readonly session: ModelSession,
    private readonly calls: ModelCalls,
  ) {}

  /**
   * Predicts rows in micro-batches of at most `most`. When a batch fails it is halved until the row that breaks it stands
   * alone, so that one bad row costs no other its answer.
   *
   * @returns one result per row, in order; `batchStart` is the index of the first row of its micro-batch in `rows`.
   */
  async predict(rows: readonly Features[], most: number): Promise<RowResult[]> {
    const results: RowResult[] = [];
    for (let start = 0; start < rows.length; start += most)
      results.push(...(await this.predictBatch(rows.slice(start, start + most), start)));
    return results;
  }

  private async predictBatch(rows: readonly Features[], batchStart: number): Promise<RowResult[]> {
    try {
      const size = rows.length;
      return (await this.run(rows)).map((outputs, index) =>
        outputs === null ? { failure: 'BAD_OUTPUT' } : { outputs, batchStart, index, size },
      );
    } catch {
      if (rows.length === 1) return [{ failure: 'MODEL_FAILED' }];
      const half = rows.length >> 1;
      return [
        ...(await this.predictBatch(rows.slice(0, half), batchStart)),
        ...(await this.predictBatch(rows.slice(half), batchStart + half)),
      ];
    }
  }

  private run(rows: readonly Features[]): Promise<(Record<string, FeatureValue> | null)[]> {
    const { signature, artifact } = this.arm;
    return predictRows(this.session, signature, rows, (call) => this.calls.run(artifact.digest, call));
  }
}
