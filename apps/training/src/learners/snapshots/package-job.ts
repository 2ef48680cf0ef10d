import { FileArtifactStore, type StoredArtifact } from '@millrace/artifacts';
import { AppError, type FeatureValue, type ModelSignature } from '@millrace/contracts';
import { digestOf, LearningError, type OnlinePlan, TestThenTrain, type TrainedModel } from '@millrace/learning';
import {
  ModelSession,
  PARITY_TOLERANCE,
  type Parity,
  PROBABILITY,
  packageModel,
  predictRows,
  signatureOf,
} from '@millrace/onnx';
import { type FeatureRow, spoiltRows } from './spoilt-rows';

export interface PackageJobInput {
  readonly plan: OnlinePlan;
  readonly state: Uint8Array;
  readonly stateHash: string;
  readonly offset: number;
  /** What the learner has seen last, for the comparison. */
  readonly rows: readonly FeatureRow[];
  /** Folder of the artifact store. */
  readonly artifacts: string;
}

export interface PackagedSnapshot {
  readonly artifact: StoredArtifact;
  readonly signature: ModelSignature;
  readonly parity: Parity;
}

const BATCH = 256;

/**
 * The learner in one ONNX file with its preprocessing, compared with the learner before it is kept. The bytes depend on the plan,
 * the log up to the offset and the trainer's version only.
 *
 * @throws AppError PARITY_FAILED; LEARNING_TOO_FEW_ROWS for a learner that has learned nothing.
 */
export async function packageSnapshot(input: PackageJobInput): Promise<PackagedSnapshot> {
  const learner = TestThenTrain.start(input.plan);
  learner.restore(input.state);
  const trained = trainedModel(learner);
  const signature = signatureOf(trained);
  const { stateHash, offset } = input;
  const bytes = packageModel(trained, { planDigest: digestOf(input.plan), stateHash, offset: String(offset) });
  const parity = await compare(bytes, signature, learner, [...input.rows, ...spoiltRows(input.rows, signature)]);
  if (!(parity.maxDifference <= PARITY_TOLERANCE)) throw apart(parity);
  const artifact = await new FileArtifactStore(input.artifacts, { now: Date.now }).put(bytes);
  return { artifact, signature, parity };
}

/** As an error that keeps its code on the way out of this process. */
function trainedModel({ learner }: TestThenTrain): TrainedModel {
  try {
    return learner.trained();
  } catch (error) {
    if (!(error instanceof LearningError)) throw error;
    throw new AppError({ code: error.code, message: error.message, retriable: false });
  }
}

async function compare(
  bytes: Uint8Array,
  signature: ModelSignature,
  learner: TestThenTrain,
  rows: readonly FeatureRow[],
): Promise<Parity> {
  const session = await ModelSession.load(bytes);
  let maxDifference = 0;
  for (let start = 0; start < rows.length; start += BATCH) {
    const batch = rows.slice(start, start + BATCH);
    const said = await predictRows(session, signature, batch);
    for (const [place, row] of batch.entries()) {
      const difference = Math.abs(probabilityOf(said[place]) - learner.predict(row));
      // A NaN on one side only must not hide: no comparison with it is true.
      maxDifference = difference <= maxDifference ? maxDifference : Number.isNaN(difference) ? Infinity : difference;
    }
  }
  await session.release();
  return { rows: rows.length, maxDifference };
}

const probabilityOf = (outputs: Record<string, FeatureValue> | null | undefined): number =>
  typeof outputs?.[PROBABILITY] === 'number' ? outputs[PROBABILITY] : Number.NaN;

function apart({ maxDifference, rows }: Parity): AppError {
  return new AppError({
    code: 'PARITY_FAILED',
    message: `ONNX Runtime and the learner differ by ${maxDifference} on ${rows} rows, more than ${PARITY_TOLERANCE}: the file is not handed out. Please report the plan of the learner.`,
    retriable: false,
  });
}
