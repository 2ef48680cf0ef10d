import type { PredictionResponse, TopicClass } from '@millrace/contracts';
import type { LagOverTime } from '../lag/lag-history';

/** What the page draws; one a second per open page. Rates are records per second since the snapshot before. */
export interface LiveSnapshot {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly topics: readonly TopicFlow[];
  readonly endpoints: readonly EndpointFlow[];
  readonly responses: readonly (PredictionResponse & { readonly endpoint: string })[];
  readonly datasets: readonly { readonly dataset: string; readonly rows: number }[];
  readonly runs: readonly RunSummary[];
  readonly models: readonly { readonly model: string; readonly versions: number }[];
  readonly learners: readonly LearnerSummary[];
  readonly risks: readonly RiskSummary[];
  /** Releases that wait for somebody or something. */
  readonly approvals: readonly ApprovalSummary[];
  readonly windows: readonly WindowsSummary[];
  readonly quality: readonly QualitySummary[];
  readonly alerts: readonly AlertSummary[];
  readonly services: readonly ServiceSummary[];
  readonly lag: LagOverTime;
}

export interface Flow {
  readonly records: number;
  readonly rate: number;
}

export interface TopicFlow extends Flow {
  readonly name: string;
  readonly class: TopicClass;
}

export interface EndpointFlow {
  readonly endpoint: string;
  readonly status: string;
  readonly live: unknown;
  readonly requests: Flow;
  readonly responses: Flow;
  readonly deadLetters: Flow;
  /** Requests that have no response yet. */
  readonly lag: number;
}

export interface RunSummary {
  readonly run: string;
  readonly model: string;
  readonly dataset: string;
  readonly status: string;
  readonly progress: { readonly phase: string; readonly done: number; readonly total: number } | null;
  readonly holdOut: Record<string, number> | null;
  readonly baseline: Record<string, number> | null;
  readonly reason: string | null;
  /** `<model>:<version>` that came of it; null until then. */
  readonly version: string | null;
}

/** Log losses over the learner's window, oldest report first; null where there is none. */
export interface LearnerSummary {
  readonly learner: string;
  readonly endpoint: string;
  readonly algorithm: string;
  readonly status: string;
  /** What its guard keeps away more of than is usual: BURST, SPIKES, LABELS. */
  readonly guard: readonly string[];
  readonly reports: readonly {
    readonly taken: number;
    readonly learner: number | null;
    readonly released: number | null;
    readonly floor: number | null;
    readonly auc: number | null;
    readonly burst: number;
    /** Times so far that the detector found larger errors; null before there were detectors. */
    readonly rose: number | null;
  }[];
}

export interface RiskSummary {
  readonly model: string;
  /** null: only a notice is there yet. */
  readonly riskClass: string | null;
}

export interface ApprovalSummary {
  readonly release: string;
  readonly endpoint: string;
  readonly model: string;
  readonly version: number;
  readonly riskClass: string;
  readonly proposedBy: string;
  readonly approvedBy: readonly string[];
  readonly missing: readonly { readonly code: string; readonly what: string; readonly next: string }[];
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** Windows of one major of an endpoint, oldest first. */
export interface WindowsSummary {
  readonly id: string;
  readonly windows: readonly {
    readonly start: number;
    readonly rows: number;
    /** The largest PSI of its columns, less what chance explains of it; null where nothing is compared. */
    readonly shift: number | null;
    /** Columns that alarm. */
    readonly alarms: readonly string[];
  }[];
}

/** How good the answers were, by the outcomes that came, oldest window first; null where a figure is undefined. */
export interface QualitySummary {
  readonly id: string;
  readonly windows: readonly {
    readonly start: number;
    readonly examples: number;
    readonly auc: number | null;
    readonly labelRate: number | null;
    readonly meanScore: number | null;
    readonly holdOutAuc: number | null;
  }[];
}

export interface AlertSummary {
  readonly alert: string;
  readonly status: string;
  readonly raisedAt: number;
  /** Begin of the window that it names. */
  readonly start: number;
  readonly statement: string;
  readonly acknowledged: { readonly by: string; readonly note: string } | null;
}

export interface ServiceSummary {
  readonly service: string;
  readonly instance: string;
  readonly ready: boolean;
  readonly reason: string | null;
}
