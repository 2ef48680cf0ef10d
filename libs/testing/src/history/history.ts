/** One place on the log. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Stands as the type of a record that does not decode. */
export const UNREADABLE = 'UNREADABLE';

/** One record as a reader of the topic saw it, reduced to what the invariants ask for. */
export interface HistoryRecord extends Position {
  readonly key: string | null;
  /** What its writer calls it: the event id, or the request id. */
  readonly id: string;
  /** Record type, or {@link UNREADABLE}. */
  readonly type: string;
  /** SHA-256 of the value's bytes, or anything else that differs when they do. */
  readonly digest: string;
  /** Facts: `aggregateVersion`. */
  readonly version?: number;
  /** Responses and dead letters: the record that is answered or buried. */
  readonly source?: Position;
  /** Responses: `releaseRevision`. */
  readonly revision?: number;
  /** Responses: digest of the model that answered; none when no session ran. */
  readonly model?: string;
  /** Responses: the version in force, `<model>:<version>`; none when nothing was released. */
  readonly served?: string;
  /** Responses: status. */
  readonly status?: string;
  /** Requests: when it happened, milliseconds since 1970, and by which clock (event time, time of sending). */
  readonly at?: { readonly line: string; readonly ms: number };
  /** Id of the record that caused this one. */
  readonly cause?: string;
  /** Decoded value, for the rules of {@link History.transitions}. */
  readonly data?: unknown;
}

/** One partition, read twice: as read_committed readers see it, and what lies there in aborted transactions. */
export interface PartitionLog {
  readonly topic: string;
  readonly partition: number;
  /** First offset still kept; what lies before is trimmed and proves nothing. */
  readonly start: number;
  /** Next offset to be read by a read_committed reader (the last stable offset). Markers and aborted records count. */
  readonly end: number;
  readonly committed: readonly HistoryRecord[];
  readonly aborted: readonly HistoryRecord[];
}

/**
 * One record that a client sent, Jepsen style. `ok`: acknowledged. `fail`: certainly not done. `info`: nobody knows; a time-out
 * is always `info`. `invoked` and `completed` are places in one order over all clients (a counter, not a wall clock).
 */
export interface Operation {
  readonly process: string;
  readonly topic: string;
  readonly recordId: string;
  readonly digest: string;
  readonly invoked: number;
  readonly completed: number | null;
  readonly outcome: 'ok' | 'fail' | 'info';
  /** Of an `ok`: where the broker said it stands. */
  readonly position?: Position;
}

/** Topics of a read-process-write flow: one output per input, in one Kafka transaction with the offset. */
export interface LaneTopics {
  readonly requests: string;
  readonly responses: string;
  readonly deadLetters: string;
  /** Committed offset of the lanes' group, by partition. */
  readonly committed: ReadonlyMap<number, number>;
  /** Release revision -> digests of the models that it lets answer. */
  readonly releases?: ReadonlyMap<number, readonly string[]>;
}

/** What monitoring has said about one window of responses: a window event, whose place on the log it bears. */
export interface WindowCount extends Position {
  /** Topic of the responses. */
  readonly responses: string;
  /** The version in force, as in {@link HistoryRecord.served}. */
  readonly served?: string;
  /** As in {@link HistoryRecord.at}. */
  readonly line: string;
  /** Milliseconds since 1970; the end is exclusive. */
  readonly start: number;
  readonly end: number;
  /** Status -> responses. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Partition -> next offset that monitoring had not read when it said so. */
  readonly readUpTo: ReadonlyMap<number, number>;
}

/** A consumer of outbox mode (`inbox` given) or fold mode (`inbox` null) on one partition, after everything came to rest. */
export interface ConsumerState {
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  /** Next offset to be read: the group's committed offset, or the row in `positions`. */
  readonly position: number;
  /** Types that its flow lists; others are skipped. Null: all. */
  readonly listens: readonly string[] | null;
  /** Event ids of its inbox rows that came from this partition. */
  readonly inbox: readonly string[] | null;
  /** Topic of its dead letters. */
  readonly deadLetters: string | null;
  /** Its own counters since the start of the partition, where it keeps them; committed records only. */
  readonly counters?: {
    readonly applied: number;
    readonly deduplicated: number;
    readonly deadLettered: number;
    readonly skipped: number;
  };
}

/** The outbox of one service at the end. */
export interface OutboxState {
  readonly service: string;
  readonly rows: readonly OutboxEntry[];
}

export interface OutboxEntry {
  readonly id: number;
  readonly eventId: string;
  readonly topic: string;
  readonly key: string | null;
  readonly digest: string;
  readonly published: boolean;
}

/** Says why `next` may not follow `before` in the life of one key, or null. */
export type TransitionRule = (before: HistoryRecord | null, next: HistoryRecord) => string | null;

/** What a table holds and what its log gives, as hashes of the same canonical form. */
export interface TableHash {
  readonly service: string;
  readonly table: string;
  readonly stored: string;
  readonly rebuilt: string;
}

/** What a verification of the whole ledger has said. */
export interface Ledger {
  /** What does not hold, as sentences. */
  readonly findings: readonly string[];
  /** Topics that it is to cover. */
  readonly topics: readonly string[];
  /** `<topic>/<partition>` -> the last head vouches for what stands below this offset. */
  readonly covered: ReadonlyMap<string, number>;
}

/** Something went live, or nothing does any more (digest null): the fact that says so, whose place on the log it bears. */
export interface Activation extends Position {
  readonly endpoint: string;
  readonly revision: number;
  readonly digest: string | null;
  /** Null: none was asked for, as for a roll back or a halt. */
  readonly grant: Grant | null;
}

export interface Grant {
  readonly digest: string;
  readonly approvers: readonly string[];
  /** How many different people the rule in force demands. */
  readonly approvals: number;
  /** Who may not be among them: the submitter, the trainer. */
  readonly excluded: readonly string[];
}

/** Everything that is known of a run after quiescence: faults are over and all input is drained. */
export interface History {
  readonly operations: readonly Operation[];
  readonly logs: readonly PartitionLog[];
  readonly lanes: readonly LaneTopics[];
  readonly consumers: readonly ConsumerState[];
  readonly outboxes: readonly OutboxState[];
  /** Topics whose records carry `version` 1, 2, 3 ... per key. */
  readonly versioned: readonly string[];
  readonly transitions?: Readonly<Record<string, TransitionRule>>;
  /** Tables of state and projections, after quiescence. */
  readonly tables?: readonly TableHash[];
  readonly ledger?: Ledger;
  /** In the order of the log. */
  readonly activations?: readonly Activation[];
  /** Digest that a fact names -> SHA-256 of the bytes in the store; null = there are none. */
  readonly artifacts?: ReadonlyMap<string, string | null>;
  readonly windows?: readonly WindowCount[];
}
