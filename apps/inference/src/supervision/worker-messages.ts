import type { LaneState } from '@millrace/messaging';

/** What a lane worker tells its supervisor, once a second. */
export interface WorkerReport {
  readonly type: 'report';
  readonly ready: boolean;
  readonly reason: string | null;
  readonly lanes: readonly (LaneState & { readonly endpoint: string; readonly revision: number })[];
  /** Growth since the last report. */
  readonly counts: readonly { readonly endpoint: string; readonly status: string; readonly count: number }[];
  readonly transactions: { readonly count: number; readonly records: number; readonly seconds: number };
  readonly rssBytes: number;
}

/** What the supervisor tells a lane worker. */
export type WorkerOrder = { readonly type: 'stop' };
