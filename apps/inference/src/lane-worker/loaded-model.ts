import type { Arm, FeatureValue, SignatureOutput } from '@millrace/contracts';
import { type ColumnData, getValue, type ModelSession } from '@millrace/onnx';
import type { ModelCalls } from './model-calls';
import { columnsOf, isNumeric } from './row-columns';

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

  private async predictBatch(rows: readonly Features[], start: number): Promise<RowResult[]> {
    try {
      return this.resultsOf(await this.run(rows), rows.length, start);
    } catch {
      if (rows.length === 1) return [{ failure: 'MODEL_FAILED' }];
      const half = rows.length >> 1;
      return [
        ...(await this.predictBatch(rows.slice(0, half), start)),
        ...(await this.predictBatch(rows.slice(half), start + half)),
      ];
    }
  }

  private async run(rows: readonly Features[]): Promise<Map<string, ColumnData>> {
    const columns = columnsOf(this.session.inputs, this.arm.signature.inputs, rows);
    return this.calls.run(this.arm.artifact.digest, () => this.session.run(rows.length, columns));
  }

  private resultsOf(columns: ReadonlyMap<string, ColumnData>, size: number, batchStart: number): RowResult[] {
    const outputs = this.arm.signature.outputs.map((output) => ({ output, column: columns.get(output.name)! }));
    return Array.from({ length: size }, (_, index) => {
      const row: Record<string, FeatureValue> = {};
      for (const { output, column } of outputs) {
        const value = outputValue(output, column, index);
        if (value === null) return { failure: 'BAD_OUTPUT' };
        row[output.field] = value;
      }
      return { outputs: row, batchStart, index, size };
    });
  }
}

/** Null when the output is no answer: NaN, infinity, or an integer beyond 2^53. */
function outputValue(output: SignatureOutput, column: ColumnData, row: number): FeatureValue {
  const type = output.type as Exclude<SignatureOutput['type'], 'UNKNOWN'>;
  const one = (index: number): number | string | boolean | null => {
    try {
      const value = getValue(column, index, type);
      return isNumeric(type) && !Number.isFinite(value) ? null : value;
    } catch {
      return null;
    }
  };
  if (output.width === 1) return one(row);
  const values = Array.from({ length: output.width }, (_, index) => one(row * output.width + index));
  return values.includes(null) ? null : (values as number[]);
}
