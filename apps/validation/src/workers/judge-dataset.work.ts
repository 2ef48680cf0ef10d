import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import {
  type Clock,
  crashPoint,
  type DatasetRegistered,
  type DecisionContext,
  InfrastructureError,
  type Logger,
  refusalOfError,
  TransientError,
} from '@millrace/contracts';
import { runJob } from '@millrace/data';
import { digestOf } from '@millrace/learning';
import type { Received } from '@millrace/messaging';
import { UnitOfWork, type WorkItem, WorkQueue } from '@millrace/persistence';
import { type artifactSettings, CLOCK, LOGGER, SETTINGS, type ValuesOf } from '@millrace/service';
import { Inject, Injectable } from '@nestjs/common';
import { learnFromJudged } from '../domain/derive-expectations';
import { cellsAsked } from '../domain/distribution';
import type { ExpectationSet } from '../domain/expectation-set';
import { type Examined, judgeDataset, judgeUnreadable } from '../domain/judge-dataset';
import type { Verdict, VerdictFact } from '../domain/verdict';
import { contextOf } from '../handlers/context';
import { ValidationRepository } from '../persistence/validation.repository';
import type { ValidationSettings } from '../validation.settings';
import type { ExamineJobInput } from './examine/examine-job';

type Settings = ValidationSettings & ValuesOf<typeof artifactSettings>;
type Decide = (verdict: Verdict, context: DecisionContext) => VerdictFact[];

/**
 * Judges data sets, each examined in a child process that ends with it. Killed at any moment, a data set is examined again
 * from the start with the same result.
 */
@Injectable()
export class JudgeDatasetWork {
  private readonly stopping = new AbortController();

  constructor(
    private readonly repository: ValidationRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly queue: WorkQueue,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async work(item: WorkItem): Promise<void> {
    const { data } = item.payload as Received<DatasetRegistered>;
    const set = await this.setInForce(data);
    const examined = await this.examine(item, data, set);
    crashPoint('validation.after-examine');
    await this.answer(item, (verdict, context) => judgeDataset(verdict, data, set, examined, context));
  }

  /** The data set cannot be examined: it is rejected, and the verdict says why. */
  async giveUp(item: WorkItem, error: Error): Promise<void> {
    const { data } = item.payload as Received<DatasetRegistered>;
    const set = await this.setInForce(data);
    await this.answer(item, (verdict, context) => judgeUnreadable(verdict, data, set, refusalOfError(error), context));
  }

  /** Ends the examination in hand; its item is given back. */
  stop(): void {
    this.stopping.abort();
  }

  private async setInForce({ source }: DatasetRegistered): Promise<ExpectationSet> {
    return (await this.unitOfWork.run(() => this.repository.expectations.load(source))).state;
  }

  private async examine(item: WorkItem, dataset: DatasetRegistered, set: ExpectationSet): Promise<Examined> {
    const { settings } = this;
    const folder = await this.emptyFolder(item);
    const logger = this.logger.child({ dataset: dataset.dataset, attempt: item.attempts });
    const input: ExamineJobInput = {
      artifacts: settings.MILLRACE_ARTIFACTS,
      training: dataset.training.artifact,
      holdOut: dataset.holdOut.artifact,
      label: set.label,
      expectations: set.expectations,
      cells: cellsAsked(set),
      folder,
      memoryMb: settings.MILLRACE_PROFILE_MEMORY,
    };
    const limit = AbortSignal.timeout(settings.MILLRACE_PROFILE_LIMIT);
    try {
      return await runJob<Examined>({
        script: join(__dirname, 'examine', `main${extname(__filename)}`),
        heapMb: settings.MILLRACE_PROFILE_HEAP,
        input,
        onLog: (line) => logger.warn({ line }, 'The examining process says'),
        signal: AbortSignal.any([this.stopping.signal, limit]),
      });
    } catch (error) {
      // A service that is asked to stop kills its child: that says nothing about the data set, so it is no try.
      if (limit.aborted && !this.stopping.signal.aborted) throw tooLong(settings.MILLRACE_PROFILE_LIMIT);
      if (!this.stopping.signal.aborted) throw error;
      throw new InfrastructureError({
        code: 'STOPPING',
        message: `The examination of ${dataset.dataset} was put down.`,
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Named by item and attempt: what a killed attempt has left is removed, and one that still runs has lost its ground. */
  private async emptyFolder(item: WorkItem): Promise<string> {
    const name = createHash('sha256').update(item.id).digest('hex').slice(0, 16);
    const folder = (attempt: number) => join(this.settings.MILLRACE_SCRATCH, `millrace-profile-${name}-${attempt}`);
    for (let attempt = 1; attempt <= item.attempts; attempt++)
      await rm(folder(attempt), { recursive: true, force: true });
    await mkdir(folder(item.attempts), { recursive: true, mode: 0o700 });
    return folder(item.attempts);
  }

  private async answer(item: WorkItem, decide: Decide): Promise<void> {
    const event = item.payload as Received<DatasetRegistered>;
    await this.unitOfWork.run(async () => {
      if (!(await this.queue.claim(item.id))) return;
      const verdict = await this.repository.verdicts.load(event.data.dataset);
      const set = await this.repository.expectations.load(event.data.source);
      const now = this.clock.now();
      const facts = decide(verdict.state, contextOf(event, verdict, now));
      const learned = learnFromJudged(set.state, facts, digestOf, contextOf(event, set, now));
      await this.repository.verdicts.save(verdict, facts, event);
      await this.repository.expectations.save(set, learned, event);
      await this.queue.complete(item.id);
    });
  }
}

const tooLong = (ms: number) =>
  new TransientError({
    code: 'PROFILE_TIMEOUT',
    message: `The examination took longer than ${ms} ms (MILLRACE_PROFILE_LIMIT): see whether an SQL expectation never ends.`,
  });
