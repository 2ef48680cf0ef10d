import type { ArtifactStore } from '@millrace/artifacts';
import {
  AppError,
  type ArtifactRef,
  type CandidateScore,
  type Clock,
  crashPoint,
  InfrastructureError,
  type JobAssigned,
  type JobProgressed,
  type Logger,
  type TrainingResult,
} from '@millrace/contracts';
import {
  extrapolationWarnings,
  LearningError,
  type Table,
  TRAINER_VERSION,
  type TrainingPlan,
  TrainingRun,
} from '@millrace/learning';
import { signatureOf } from '@millrace/onnx';
import { Breather } from './breathe';
import { closedAsPlanned } from './closed-as-planned';
import { evaluateModel } from './evaluate-model';
import { learningPlan } from './learning-plan';
import { packageChecked } from './package-checked';
import { type LoadedPart, loadTrainingTable } from './training-table';

export type Progress = Pick<JobProgressed, 'phase' | 'done' | 'total' | 'checkpoint' | 'candidate'>;

export interface TrainModelOptions {
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Time between training checkpoints, ms. */
  readonly checkpointMs: number;
  readonly report: (progress: Progress) => Promise<void>;
  /** Aborted when the job is not this worker's any more, or the worker stops: a checkpoint is left then. */
  readonly signal: AbortSignal;
}

export const CHECKPOINT_MEDIA_TYPE = 'application/vnd.millrace.training-checkpoint+json';
export const MODEL_MEDIA_TYPE = 'application/onnx';
const REPORT_MS = 2_000;

/**
 * Carries out one job: load, search and refit, package, compare, evaluate. Assignment and data alone decide the result:
 * where an earlier attempt was stopped does not, nor does the machine or the time.
 */
export class TrainModel {
  private readonly breather: Breather;

  constructor(
    private readonly job: JobAssigned,
    private readonly options: TrainModelOptions,
  ) {
    this.breather = new Breather(options.clock.now);
  }

  /** @throws LearningError, DataError, AppError for what cannot be trained; InfrastructureError; the signal's reason. */
  async run(): Promise<TrainingResult> {
    const plan = learningPlan(this.job.plan);
    await this.tell('prepare', 0, 2);
    const training = await this.load(this.job.training);
    await this.tell('prepare', 1, 2);
    const holdOut = await this.load(this.job.holdOut);
    const trained = await this.train(plan, training.table);
    return this.finish(trained, training, holdOut);
  }

  private async load({ digest }: ArtifactRef): Promise<LoadedPart> {
    const part = await loadTrainingTable(
      await this.options.artifacts.open(digest),
      this.job.plan,
      this.job.inTimeOrder,
    );
    await this.breathe();
    return part;
  }

  private async train(plan: TrainingPlan, table: Table): Promise<TrainingRun> {
    const { clock, checkpointMs, signal } = this.options;
    const run = await this.startOrResume(plan, table);
    let reportedAt = clock.now();
    let savedAt = clock.now();
    let phaseBefore = '';
    while (!run.done) {
      const { phase, done, total, scored } = run.step();
      const now = clock.now();
      const due = now - savedAt >= checkpointMs && !run.done;
      if (due || scored || phase !== phaseBefore || now - reportedAt >= REPORT_MS) {
        const checkpoint = due ? await this.save(run) : null;
        await this.tell(phase, done, total, { checkpoint, candidate: scored as CandidateScore | null });
        crashPoint(checkpoint ? 'training.after-checkpoint' : 'training.after-progress');
        reportedAt = clock.now();
        phaseBefore = phase;
        if (due) savedAt = reportedAt;
      }
      await this.breather.breathe();
      if (signal.aborted) {
        await this.tell(phase, done, total, { checkpoint: await this.save(run) });
        signal.throwIfAborted();
      }
    }
    return run;
  }

  private async finish(run: TrainingRun, training: LoadedPart, holdOut: LoadedPart): Promise<TrainingResult> {
    const { chosen, scores, trained, baseline, warnings } = run.result();
    await this.tell('package', 0, 1);
    const { bytes, parity } = await packageChecked(trained, training.table, holdOut.table, this.job);
    await this.breathe();
    await this.tell('evaluate', 0, holdOut.table.rows);
    const evaluation = await evaluateModel(trained, baseline, holdOut.table, () => this.breathe());
    const extrapolations =
      holdOut.table.rows === 0 ? [] : extrapolationWarnings(trained, training.table, holdOut.table);
    await this.breathe();
    const artifact = await this.options.artifacts.put(bytes);
    return {
      chosen,
      candidates: scores as unknown as CandidateScore[],
      artifact: { ...artifact, mediaType: MODEL_MEDIA_TYPE },
      signature: closedAsPlanned(signatureOf(trained), this.job.plan),
      holdOut: evaluation.holdOut,
      baseline: evaluation.baseline,
      parityRows: parity.rows,
      parityMaxDifference: parity.maxDifference,
      warnings: [...warnings, ...extrapolations, ...leftOut('training', training), ...leftOut('hold-out', holdOut)],
      trainerVersion: TRAINER_VERSION,
    };
  }

  /** A checkpoint that cannot be used (another version of the trainer, a lost file) costs time, never the run. */
  private async startOrResume(plan: TrainingPlan, table: Table): Promise<TrainingRun> {
    const { checkpoint } = this.job;
    if (checkpoint === null) return TrainingRun.start(plan, table);
    try {
      return TrainingRun.resume(plan, table, await this.options.artifacts.get(checkpoint.digest));
    } catch (error) {
      if (error instanceof InfrastructureError) throw error;
      if (!isUnusableCheckpoint(error)) throw error;
      this.options.logger.warn(
        { reason: error.message },
        'The training checkpoint cannot be used, starting from the beginning',
      );
      return TrainingRun.start(plan, table);
    }
  }

  private async save(run: TrainingRun): Promise<ArtifactRef> {
    const stored = await this.options.artifacts.put(run.checkpoint());
    return { ...stored, mediaType: CHECKPOINT_MEDIA_TYPE };
  }

  private tell(phase: string, done: number, total: number, more: Partial<Progress> = {}): Promise<void> {
    return this.options.report({ phase, done, total, checkpoint: null, candidate: null, ...more });
  }

  private async breathe(): Promise<void> {
    await this.breather.breathe();
    this.options.signal.throwIfAborted();
  }
}

function isUnusableCheckpoint(error: unknown): error is Error {
  if (error instanceof LearningError) return error.code === 'LEARNING_CHECKPOINT_MISMATCH';
  return error instanceof AppError;
}

function leftOut(part: string, { leftOut: rows }: LoadedPart): string[] {
  return rows === 0 ? [] : [`${rows} ${part} rows without a target or a time were left out.`];
}
