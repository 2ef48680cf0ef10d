import type { FeatureValue, ModelSignature } from '@millrace/contracts';
import type { ModelSession } from '../session/model-session';
import { columnsOf } from './row-columns';
import { outputsOf } from './row-outputs';

/**
 * One call of a model for the rows of one micro-batch: the one definition of how features become outputs. Lanes answer by
 * it and a replay computes again by it, so the same rows in the same batch give the same bits (ARCHITECTURE rule 5).
 *
 * @param call how the session is called; lanes take turns and note what runs.
 * @returns one per row; null where the output is no answer.
 * @throws AppError MODEL_FAILED for the whole batch.
 */
export async function predictRows(
  session: ModelSession,
  signature: ModelSignature,
  rows: readonly Readonly<Record<string, FeatureValue>>[],
  call: <T>(run: () => Promise<T>) => Promise<T> = (run) => run(),
): Promise<(Record<string, FeatureValue> | null)[]> {
  const columns = columnsOf(session.inputs, signature.inputs, rows);
  return outputsOf(signature.outputs, await call(() => session.run(rows.length, columns)), rows.length);
}
