import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, InfrastructureError } from '@millrace/contracts';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { asDatabaseError, isConflict, sqlStateOf } from './database-error';
import { placeOf } from './settings';

export type Isolation = 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';

export interface UnitOfWorkOptions {
  /** READ COMMITTED by default: what must not race is guarded by compare-and-set or a unique key. */
  isolation?: Isolation;
  /** Tries in all when transactions conflict; 5 by default. */
  attempts?: number;
  /** Spreads the waits between tries; in [0, 1). */
  random?: () => number;
}

/**
 * One database transaction as the frame of everything a handler does: state, inbox, outbox and positions commit or vanish together.
 *
 * The frame is found through AsyncLocalStorage, so repositories need no parameter for it. A `run` inside a `run` joins the outer one.
 * When the database reports a serialization failure or a deadlock the whole work runs again: it must depend on nothing but
 * its input and the database, and choose event ids from their cause, so that a second run gives the same ids.
 */
export class UnitOfWork {
  private readonly current = new AsyncLocalStorage<EntityManager>();
  private readonly place: string;

  constructor(
    private readonly dataSource: DataSource,
    private readonly options: UnitOfWorkOptions = {},
  ) {
    const { options: source } = dataSource;
    this.place = 'url' in source && typeof source.url === 'string' ? placeOf(source.url) : 'the database';
  }

  /** The manager of the transaction that is open here. Throws NO_UNIT_OF_WORK outside of `run`. */
  get manager(): EntityManager {
    const manager = this.current.getStore();
    if (manager) return manager;
    throw new AppError({
      code: 'NO_UNIT_OF_WORK',
      message:
        'This needs an open unit of work: call it inside UnitOfWork.run, and await everything that the work starts.',
      retriable: false,
    });
  }

  get isOpen(): boolean {
    return this.current.getStore() !== undefined;
  }

  /**
   * Runs the work in a transaction and commits it. An error of the work rolls everything back and comes out; errors of the
   * database come out classified (`InfrastructureError` when it is away). With DATABASE_COMMIT_UNKNOWN the
   * commit may have happened: run the same work again and let inbox or unique keys tell.
   */
  async run<T>(work: (manager: EntityManager) => Promise<T>, isolation?: Isolation): Promise<T> {
    const outer = this.current.getStore();
    if (outer) return work(outer);
    const attempts = this.options.attempts ?? 5;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(work, isolation ?? this.options.isolation);
      } catch (error) {
        if (!isConflict(sqlStateOf(error)) || attempt >= attempts) throw asDatabaseError(error, this.place);
        await sleep(this.backOffMs(attempt));
      }
    }
  }

  private async attempt<T>(work: (manager: EntityManager) => Promise<T>, isolation?: Isolation): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.startTransaction(isolation);
      const result = await this.current.run(runner.manager, () => work(runner.manager));
      await this.commit(runner);
      return result;
    } catch (error) {
      await this.rollBack(runner, error);
      throw error;
    } finally {
      await runner.release();
    }
  }

  private async commit(runner: QueryRunner): Promise<void> {
    try {
      await runner.commitTransaction();
    } catch (error) {
      const known = asDatabaseError(error, this.place);
      if (!(known instanceof InfrastructureError)) throw error;
      throw new InfrastructureError({
        code: 'DATABASE_COMMIT_UNKNOWN',
        message: `The connection to PostgreSQL at ${this.place} was lost during COMMIT, so the work may have been done. Run it again: inbox and unique keys tell.`,
        cause: known,
      });
    }
  }

  /**
   * A connection that was lost or timed out is thrown away, as is one on which even ROLLBACK fails: its state is unknown,
   * a ROLLBACK would wait behind the lost statement, and the pool would hand the connection out again.
   */
  private async rollBack(runner: QueryRunner, cause: unknown): Promise<void> {
    if (runner.isReleased) return;
    if (asDatabaseError(cause, this.place) instanceof InfrastructureError) return destroyConnection(runner);
    try {
      if (runner.isTransactionActive) await runner.rollbackTransaction();
    } catch {
      await destroyConnection(runner);
    }
  }

  private backOffMs(attempt: number): number {
    const random = this.options.random ?? Math.random;
    return (0.5 + random()) * 5 * 2 ** attempt;
  }
}

/** Waits until pg has seen the end: only then does the pool drop the connection instead of handing it out again. */
async function destroyConnection(runner: QueryRunner): Promise<void> {
  if (runner.isReleased) return;
  const client: PgClient | null = await runner.connect().catch(() => null);
  if (!client || client._ended) return;
  const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
  client.connection.stream.destroy();
  await ended;
}

/** What is used of pg's client; `_ended` is private, and stands in pg since 7.0. */
interface PgClient {
  readonly _ended: boolean;
  readonly connection: { readonly stream: { destroy(): void } };
  once(event: 'end', listener: () => void): void;
}
