import { FileArtifactStore } from '@millrace/artifacts';
import type { ArtifactRef, Expectation } from '@millrace/contracts';
import { type CellsAsked, examineDataset } from '@millrace/data';
import { canonicalJson } from '@millrace/learning';
import type { Examined } from '../../domain/judge-dataset';

/** All that the examining process is told; it travels over IPC, never in arguments or the environment. */
export interface ExamineJobInput {
  /** Folder of the artifact store. */
  readonly artifacts: string;
  readonly training: ArtifactRef;
  readonly holdOut: ArtifactRef;
  readonly label: string | null;
  readonly expectations: readonly Expectation[];
  readonly cells: readonly CellsAsked[];
  /** Empty, for this attempt alone. */
  readonly folder: string;
  readonly memoryMb: number;
}

const PROFILE = 'application/vnd.millrace.profile+json';

/** Profiles a data set, measures what is expected of it and puts the profile into the artifact store. */
export async function examine(input: ExamineJobInput): Promise<Examined> {
  const { artifacts, training, holdOut, label, expectations, cells, folder, memoryMb } = input;
  const store = new FileArtifactStore(artifacts);
  const parts = [
    { part: 'TRAINING', path: await store.open(training.digest) },
    { part: 'HOLD_OUT', path: await store.open(holdOut.digest) },
  ] as const;
  const examined = await examineDataset({ parts, label, expectations, cells, folder, memoryMb });
  const { digest, size } = await store.put(Buffer.from(canonicalJson(examined.profile)));
  return { ...examined, artifact: { digest, size, mediaType: PROFILE } };
}
