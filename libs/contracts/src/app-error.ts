/** What an {@link AppError} is made from. `code` is one of `error-codes.ts`; `context` holds facts for the log, never a secret. */
export interface AppErrorInit {
  code: string;
  message: string;
  retriable: boolean;
  cause?: unknown;
  context?: Record<string, unknown>;
}

/**
 * The one error of Millrace: a stable code, a sentence for people (what, why, what to do next), and whether a retry may help.
 * The transport decides from its subclass what happens to the record that met it.
 */
export class AppError extends Error {
  readonly code: string;
  readonly retriable: boolean;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(init: AppErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = new.target.name;
    this.code = init.code;
    this.retriable = init.retriable;
    this.context = init.context ?? {};
  }
}

/** The record itself is the trouble: it goes to the dead letters, with its original bytes, and is never retried. */
export class PoisonError extends AppError {
  constructor(init: Omit<AppErrorInit, 'retriable'>) {
    super({ ...init, retriable: false });
  }
}

/** The moment is the trouble: retried a bounded number of times, then treated as poison. */
export class TransientError extends AppError {
  constructor(init: Omit<AppErrorInit, 'retriable'>) {
    super({ ...init, retriable: true });
  }
}

/** The ground is the trouble (broker, database, registry away): the partition pauses until it is back; never a dead letter. */
export class InfrastructureError extends AppError {
  constructor(init: Omit<AppErrorInit, 'retriable'> & { retriable?: boolean }) {
    super({ ...init, retriable: init.retriable ?? true });
  }
}
