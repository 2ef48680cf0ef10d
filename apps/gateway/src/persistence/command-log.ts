import { Idempotency, UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import { isText } from './view-store';

/** Prefixes of what the gateway keeps in the idempotency table. */
export const COMMAND_KEY = 'command:';
export const INFER_KEY = 'infer:';

const DAY_MS = 86_400_000;
/** How long answers of infer calls are kept, and how long commands: the topics keep those 400 days. */
const KEPT_MS: readonly (readonly [prefix: string, ms: number])[] = [
  [INFER_KEY, DAY_MS],
  [COMMAND_KEY, 400 * DAY_MS],
];

/** Reads and prunes the idempotency table; `Idempotency` of the persistence library writes it. */
@Injectable()
export class CommandLog {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly keys: Idempotency,
  ) {}

  /** What was written when the command was accepted; null when it never was. */
  async accepted(commandId: string): Promise<Record<string, unknown> | null> {
    if (!isText(commandId)) return null;
    const [row]: { response: Record<string, unknown> }[] = await this.unitOfWork.run((manager) =>
      manager.query('SELECT response FROM idempotency WHERE key = $1', [COMMAND_KEY + commandId]),
    );
    return row?.response ?? null;
  }

  async prune(now: number): Promise<void> {
    for (const [prefix, keptMs] of KEPT_MS) await this.keys.prune(prefix, new Date(now - keptMs));
  }
}
