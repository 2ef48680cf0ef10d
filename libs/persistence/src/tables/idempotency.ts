import { AppError } from '@millrace/contracts';
import type { UnitOfWork } from '../unit-of-work';

export interface RememberedAnswer {
  readonly bodyHash: string;
  /** `STARTED` until `finish`; what was written before sending stands in `response`. */
  readonly status: string;
  readonly response: unknown;
  readonly createdAt: Date;
}

export const STARTED = 'STARTED';

/**
 * Answers by Idempotency-Key (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/): the same key with the same body
 * gets the same answer, with another body it is refused.
 */
export class Idempotency {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /**
   * Claims a key; `null` means that it is new and the caller goes on, otherwise the earlier answer. Throws IDEMPOTENCY_KEY_REUSED
   * for another body. Two callers at once: the second waits until the first's transaction has ended.
   */
  async begin(key: string, bodyHash: string, planned: unknown = null): Promise<RememberedAnswer | null> {
    return this.unitOfWork.run(async (manager) => {
      const inserted: unknown[] = await manager.query(
        `INSERT INTO idempotency (key, body_hash, status, response) VALUES ($1, $2, $3, $4::jsonb)
         ON CONFLICT DO NOTHING RETURNING 1`,
        [key, bodyHash, STARTED, JSON.stringify(planned)],
      );
      if (inserted.length === 1) return null;
      const [row]: { body_hash: string; status: string; response: unknown; created_at: Date }[] = await manager.query(
        'SELECT body_hash, status, response, created_at FROM idempotency WHERE key = $1',
        [key],
      );
      if (row.body_hash === bodyHash) {
        return { bodyHash, status: row.status, response: row.response, createdAt: row.created_at };
      }
      throw new AppError({
        code: 'IDEMPOTENCY_KEY_REUSED',
        message: 'This Idempotency-Key was used for another request. Use a new key for a new request.',
        retriable: false,
      });
    });
  }

  /** Replaces status and answer of a key that `begin` claimed. */
  async finish(key: string, status: string, response: unknown): Promise<void> {
    await this.unitOfWork.run((manager) =>
      manager.query('UPDATE idempotency SET status = $2, response = $3::jsonb WHERE key = $1', [
        key,
        status,
        JSON.stringify(response),
      ]),
    );
  }

  /** Forgets keys that begin with a prefix and were made before a moment. Returns how many. */
  async prune(prefix: string, before: Date): Promise<number> {
    return this.unitOfWork.run(async (manager) => {
      const [, count]: [unknown, number] = await manager.query(
        'DELETE FROM idempotency WHERE starts_with(key, $1) AND created_at < $2',
        [prefix, before],
      );
      return count;
    });
  }
}
