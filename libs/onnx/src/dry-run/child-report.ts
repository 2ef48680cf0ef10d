import type { GateVerdict } from '../gate/verdict';

/** Why a file that passed the static gate is still not let in. */
export type DryRunReasonCode =
  | 'MODEL_UNUSABLE'
  | 'MODEL_FAILED'
  | 'DRY_RUN_OUT_OF_MEMORY'
  | 'DRY_RUN_TIMEOUT'
  | 'DRY_RUN_CRASHED';

export interface DryRunRefusal {
  readonly accepted: false;
  readonly reasonCode: DryRunReasonCode;
  readonly reason: string;
}

/** What the child writes on its standard output, as one JSON line. */
export type ChildReport = GateVerdict | DryRunRefusal;
