import { AppError, type Clock, type Logger } from '@millrace/contracts';
import { HeadMaker } from '@millrace/ledger';
import { TrustedKeys } from '@millrace/messaging';
import { UnitOfWork } from '@millrace/persistence';
import { CLOCK, Health, LOGGER } from '@millrace/service';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LEDGER, lastHead } from '../domain/ledger';
import { signHead } from '../domain/sign-head';
import { contextOf } from '../handlers/context';
import { LedgerRepository } from '../persistence/ledger.repository';
import { LedgerKeys } from './ledger-keys';
import { LedgerMetrics } from './ledger-metrics';
import { TreeHeadTopic } from './tree-head-topic';

const RETRY_MS = 1_000;

/**
 * Signs the next head when records are there that none covers: state, head and outbox in one transaction, so that a service that
 * is killed goes on with the same chain. Every process that reads records may sign; the version of the ledger lets one win.
 */
@Injectable()
export class LedgerHeads implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly maker = new HeadMaker();
  private timer: NodeJS.Timeout | null = null;
  private making: Promise<void> | null = null;
  /** When the first record was appended while a head was being made: it may not be in it. Milliseconds. */
  private meanwhile: number | null = null;
  private trouble: Error | null = null;
  private compared = false;
  private stopped = false;
  private lastTime: number | null = null;

  constructor(
    private readonly repository: LedgerRepository,
    private readonly keys: LedgerKeys,
    private readonly topic: TreeHeadTopic,
    private readonly trusted: TrustedKeys,
    private readonly unitOfWork: UnitOfWork,
    private readonly metrics: LedgerMetrics,
    health: Health,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    health.report('tree heads', () => (this.maker.isLate(performance.now()) ? this.reason() : null));
    const age = () => (this.lastTime === null ? null : Math.max(0, clock.now() - this.lastTime) / 1_000);
    metrics.watch(age, () => this.maker.waitingMs(performance.now()) / 1_000);
  }

  /** What was read before the process ended may not be covered yet. */
  onApplicationBootstrap(): void {
    this.appended();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.making;
  }

  /** Records were appended to a tree, and their transaction is committed. */
  appended(): void {
    const now = performance.now();
    this.maker.appended(now);
    if (this.making !== null) this.meanwhile ??= now;
    this.schedule();
  }

  private schedule(leastMs = 0): void {
    const { dueAt } = this.maker;
    if (dueAt === null || this.timer !== null || this.making !== null || this.stopped) return;
    this.timer = setTimeout(
      () => {
        this.timer = null;
        this.make();
      },
      Math.max(leastMs, dueAt - performance.now()),
    );
  }

  private make(): void {
    this.meanwhile = null;
    let leastMs = 0;
    this.making = this.sign()
      .then(() => {
        this.maker.made(performance.now(), this.meanwhile);
        this.trouble = null;
      })
      .catch((error: Error) => {
        leastMs = RETRY_MS;
        if (this.trouble?.message !== error.message)
          this.logger.warn({ reason: error.message }, 'No tree head is signed');
        this.trouble = error;
      })
      .finally(() => {
        this.making = null;
        this.schedule(leastMs);
      });
  }

  private async sign(): Promise<void> {
    if (!this.compared) await this.compareWithLog();
    const signed = await this.unitOfWork.run(async () => {
      const ledger = await this.repository.ledgers.load(LEDGER);
      const signer = await this.keys.signerOf(ledger.state);
      const cause = { id: `head-${ledger.version + 1}`, actor: null };
      const context = contextOf(cause, ledger, this.clock.now());
      const data = signHead(ledger.state, await this.repository.trees(), this.trusted.installation, signer, context);
      this.lastTime = data?.occurredAt ?? lastHead(ledger.state)?.time ?? null;
      if (data === null) return null;
      const { id } = cause;
      await this.repository.ledgers.save(ledger, [{ type: 'TreeHeadSigned', data }], {
        id,
        correlationId: id,
        traceparent: null,
      });
      return data;
    });
    if (signed !== null) this.metrics.signed(signed.newRecords);
  }

  /** A database that is older than the log would sign a second head under a number that is taken: a fork. */
  private async compareWithLog(): Promise<void> {
    const [onLog, here] = await Promise.all([
      this.topic.lastVersion(),
      this.unitOfWork.run(async () => (await this.repository.ledgers.load(LEDGER)).version),
    ]);
    if (onLog > here)
      throw new AppError({
        code: 'LEDGER_STATE_BEHIND',
        message: `The log tells ${onLog} facts of the ledger, the database ${here}: it is an older copy, and what it signs would fork the chain. Rebuild the tables of governance from the log.`,
        retriable: false,
      });
    this.compared = true;
  }

  private reason(): string {
    return this.trouble?.message ?? 'records wait for a tree head for longer than 10 s';
  }
}
