import { AppError, type JobAssigned } from '@millrace/contracts';
import { type Table, type TrainedModel } from '@millrace/learning';
import { checkParity, PARITY_TOLERANCE, type Parity, packageModel } from '@millrace/onnx';

const PARITY_ROWS = 10_000;

export interface CheckedModel {
  readonly bytes: Uint8Array;
  readonly parity: Parity;
}

/**
 * The model as one ONNX file whose answers were compared with the trainer's on 10,000 rows: half of them of the hold-out
 * set, which has values that training has not seen. The bytes depend on data, plan and trainer only.
 *
 * @throws AppError PARITY_FAILED
 */
export async function packageChecked(
  trained: TrainedModel,
  training: Table,
  holdOut: Table,
  { datasetDigest, planDigest, plan }: Pick<JobAssigned, 'datasetDigest' | 'planDigest' | 'plan'>,
): Promise<CheckedModel> {
  const bytes = packageModel(trained, { datasetDigest, planDigest, seed: String(plan.seed) });
  const unseen = await checkParity(bytes, trained, holdOut, PARITY_ROWS / 2);
  const seen = await checkParity(bytes, trained, training, PARITY_ROWS - unseen.rows);
  const parity = { rows: unseen.rows + seen.rows, maxDifference: Math.max(unseen.maxDifference, seen.maxDifference) };
  if (parity.maxDifference <= PARITY_TOLERANCE) return { bytes, parity };
  throw new AppError({
    code: 'PARITY_FAILED',
    message: `ONNX Runtime and the trainer differ by ${parity.maxDifference} on ${parity.rows} rows, more than ${PARITY_TOLERANCE}: the file is not handed out. Please report the plan.`,
    retriable: false,
  });
}
