import { predictTable, spreadSample, type Table, type TrainedModel } from '@millrace/learning';
import { ModelSession } from '../session/model-session';
import { columnsOfTable } from '../session/table-columns';

export interface Parity {
  readonly rows: number;
  /** Largest absolute difference between the trainer and ONNX Runtime. */
  readonly maxDifference: number;
}

/** How far trainer and ONNX Runtime may be apart before a file must not leave the trainer. */
export const PARITY_TOLERANCE = 1e-5;

const BATCH = 256;

/**
 * Runs a packaged file on at most `rows` rows spread over the table and compares with what the trainer predicts. Never skip
 * it: exporters have been seen to write files that load, run and are wrong on almost every row.
 */
export async function checkParity(
  bytes: Uint8Array,
  trained: TrainedModel,
  table: Table,
  rows = 10_000,
): Promise<Parity> {
  const sample = spreadSample(table, rows);
  const expected = predictTable(trained, sample);
  const session = await ModelSession.load(bytes);
  let maxDifference = 0;
  for (let start = 0; start < sample.rows; start += BATCH) {
    const end = Math.min(start + BATCH, sample.rows);
    const outputs = await session.run(end - start, columnsOfTable(trained.inputs, sample, start, end));
    const [values] = outputs.values() as unknown as [Float32Array];
    for (let row = start; row < end; row++) {
      const difference = Math.abs(values[row - start] - expected[row]);
      // A NaN on one side only must not hide: no comparison with it is true.
      maxDifference = difference <= maxDifference ? maxDifference : Number.isNaN(difference) ? Infinity : difference;
    }
  }
  await session.release();
  return { rows: sample.rows, maxDifference };
}
