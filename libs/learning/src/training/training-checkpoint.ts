import { digestOf, type JsonValue } from '../canonical-json';
import { LearningError } from '../learning-error';
import type { Table } from '../table/table';
import { tableDigest } from '../table/table-digest';
import { TRAINER_VERSION } from '../trainer-version';
import type { FoldScore } from './candidate-score';
import type { TrainingPlan } from './training-plan';

const FORMAT = 'millrace-training-checkpoint';

/**
 * What a killed worker's successor needs, as UTF-8 JSON:
 *
 * ```
 * { format, version, fingerprint,
 *   scores: [ {fold, metrics}, ... ]     fits that are done, in order: candidate by candidate, fold by fold
 *   training: state of the fit under way, or null }
 * ```
 *
 * `fingerprint` names trainer version, plan and table: a checkpoint of anything else is refused.
 */
export interface Checkpoint {
  readonly fingerprint: string;
  readonly scores: readonly FoldScore[];
  readonly training: JsonValue;
}

export function fingerprintOf(plan: TrainingPlan, table: Table): string {
  return digestOf({ trainerVersion: TRAINER_VERSION, plan, table: tableDigest(table) });
}

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ format: FORMAT, version: 1, ...checkpoint }));
}

export function decodeCheckpoint(bytes: Uint8Array, fingerprint: string): Checkpoint {
  const refuse = (why: string): never => {
    const cure = 'Start the run without a checkpoint.';
    throw new LearningError('LEARNING_CHECKPOINT_MISMATCH', `The training checkpoint ${why}. ${cure}`);
  };
  const read = parse(bytes);
  if (read?.format !== FORMAT || read.version !== 1 || !Array.isArray(read.scores)) return refuse('cannot be read');
  if (read.fingerprint !== fingerprint) return refuse('belongs to another plan, data set or trainer version');
  return read as unknown as Checkpoint;
}

function parse(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
