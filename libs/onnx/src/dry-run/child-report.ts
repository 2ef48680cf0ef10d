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

/** First line of the child's standard output: it runs, and ONNX Runtime is loaded. */
export const READY = 'ready\n';

/** Second line, as JSON. */
export type ChildReport = GateVerdict | DryRunRefusal;
