import type { LaneState, MessagingEventMap } from '@millrace/messaging';

export type LifecycleEvent = {
  [K in 'transaction' | 'laneRecovery' | 'deadLetter']: { readonly name: K; readonly event: MessagingEventMap[K] };
}['transaction' | 'laneRecovery' | 'deadLetter'];

/** What a lane worker tells its supervisor, once a second. */
export interface WorkerReport {
  readonly type: 'report';
  readonly ready: boolean;
  readonly reason: string | null;
  readonly lanes: readonly (LaneState & { readonly endpoint: string; readonly revision: number })[];
  /** Growth since the last report. */
  readonly counts: readonly { readonly endpoint: string; readonly status: string; readonly count: number }[];
  /** What its modes told since the last report; the supervisor tells it again, so that it becomes metrics there. */
  readonly events: readonly LifecycleEvent[];
  readonly rssBytes: number;
}

/** What the supervisor tells a lane worker. */
export type WorkerOrder = { readonly type: 'stop' };
