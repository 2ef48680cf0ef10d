import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import type {
  AlertSummary,
  ApprovalSummary,
  LearnerSummary,
  QualitySummary,
  RiskSummary,
  RunSummary,
  WindowsSummary,
} from '../live/live-snapshot';

/** The little of the views that the live page draws, once a second: whole bodies hold signatures of a megabyte. */
export interface Glimpse {
  readonly sources: readonly string[];
  readonly datasets: readonly { readonly dataset: string; readonly rows: number }[];
  /** The newest, oldest first. */
  readonly runs: readonly RunSummary[];
  readonly models: readonly { readonly model: string; readonly versions: number }[];
  readonly learners: readonly LearnerSummary[];
  readonly risks: readonly RiskSummary[];
  /** Those that wait. */
  readonly approvals: readonly ApprovalSummary[];
  /** Of whole endpoints, not of slices. */
  readonly windows: readonly WindowsSummary[];
  readonly quality: readonly QualitySummary[];
  /** Those that are not resolved. */
  readonly alerts: readonly AlertSummary[];
}

/** Things of a kind beyond so many are not drawn. */
const MOST = 100;

const SOURCES = `to_jsonb(id)`;
const DATASETS = `jsonb_build_object('dataset', body -> 'dataset', 'rows', body -> 'rows')`;
const MODELS = `jsonb_build_object('model', body -> 'model', 'versions', jsonb_array_length(body -> 'versions'))`;
const RUNS = `jsonb_build_object(
  'run', id, 'model', body -> 'model', 'dataset', body -> 'dataset', 'status', body -> 'status',
  'progress', body -> 'progress', 'holdOut', body #> '{result,holdOut}', 'baseline', body #> '{result,baseline}',
  'reason', body -> 'reason', 'version', body -> 'version')`;

const LEARNERS = `jsonb_build_object(
  'learner', id, 'endpoint', body -> 'endpoint', 'algorithm', body #> '{plan,algorithm}', 'status', body -> 'status',
  'guard', coalesce((SELECT jsonb_agg(trip ORDER BY trip) FROM jsonb_object_keys(body -> 'guard') AS trip), '[]'::jsonb),
  'reports', (SELECT coalesce(jsonb_agg(jsonb_build_object(
      'taken', report -> 'taken', 'learner', report #> '{scores,logLoss}', 'auc', report #> '{scores,auc}',
      'released', report #> '{beside,released,logLoss}', 'floor', report #> '{floors,runningMean,logLoss}',
      'burst', report -> 'burst', 'rose', report #> '{errors,rose}') ORDER BY place), '[]'::jsonb)
    FROM jsonb_array_elements(body -> 'reports') WITH ORDINALITY AS told (report, place)))`;

const RISKS = `jsonb_build_object('model', id, 'riskClass', body -> 'riskClass')`;

const APPROVALS = `jsonb_build_object(
  'release', id, 'endpoint', body -> 'endpoint', 'model', body -> 'model', 'version', body -> 'version',
  'riskClass', body -> 'riskClass', 'proposedBy', body -> 'proposedBy', 'missing', body -> 'missing',
  'since', body -> 'requestedAt',
  'approvedBy', (SELECT coalesce(jsonb_agg(word -> 'by' ORDER BY place), '[]'::jsonb)
    FROM jsonb_array_elements(body -> 'approvals') WITH ORDINALITY AS words (word, place)))`;

const WINDOWS = `jsonb_build_object(
  'id', id, 'windows', (SELECT coalesce(jsonb_agg(jsonb_build_object(
      'start', told -> 'start', 'rows', told -> 'rows',
      'shift', (SELECT max(greatest(0, (one ->> 'psi')::double precision - (one ->> 'psiNoise')::double precision)) FROM jsonb_array_elements(told -> 'columns') AS one),
      'alarms', (SELECT coalesce(jsonb_agg(one -> 'name'), '[]'::jsonb) FROM jsonb_array_elements(told -> 'columns') AS one
        WHERE (one ->> 'alarm')::boolean)) ORDER BY place), '[]'::jsonb)
    FROM jsonb_array_elements(body -> 'windows') WITH ORDINALITY AS windows (told, place)))`;

const QUALITY = `jsonb_build_object(
  'id', id, 'windows', (SELECT coalesce(jsonb_agg(jsonb_build_object(
      'start', told -> 'start', 'examples', told -> 'examples', 'auc', told #> '{estimates,auc,value}',
      'labelRate', told #> '{estimates,positiveRate,value}', 'meanScore', told #> '{estimates,meanProbability,value}',
      'holdOutAuc', told #> '{holdOut,auc}') ORDER BY place), '[]'::jsonb)
    FROM jsonb_array_elements(body -> 'windows') WITH ORDINALITY AS windows (told, place)))`;

const ALERTS = `jsonb_build_object(
  'alert', id, 'status', body -> 'status', 'raisedAt', body -> 'raisedAt', 'start', body #> '{window,start}',
  'statement', body #> '{window,statement}', 'acknowledged', body -> 'acknowledged')`;

const OF_ALL = `AND body -> 'slice' = 'null'::jsonb`;

@Injectable()
export class Glance {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async take(): Promise<Glimpse> {
    return this.unitOfWork.run(async () => ({
      sources: await this.newest('source', SOURCES),
      datasets: await this.newest('dataset', DATASETS),
      // Of a run whose own facts are not read yet, another topic may have told something already.
      runs: await this.newest('run', RUNS, `AND body ->> 'status' IS NOT NULL`),
      models: await this.newest('model', MODELS),
      learners: await this.newest('learner', LEARNERS),
      risks: await this.newest('risk', RISKS),
      approvals: await this.newest('approval', APPROVALS, `AND body ->> 'status' = 'WAITING'`),
      windows: await this.newest('window', WINDOWS, OF_ALL),
      quality: await this.newest('quality', QUALITY, OF_ALL),
      alerts: await this.newest('alert', ALERTS, `AND body ->> 'status' <> 'RESOLVED'`),
    }));
  }

  private async newest<T>(kind: string, shape: string, only = ''): Promise<T[]> {
    const rows: { shown: T }[] = await this.unitOfWork.manager.query(
      `SELECT ${shape} AS shown FROM (SELECT * FROM views WHERE kind = $1 ${only} ORDER BY created DESC, id DESC LIMIT ${MOST}) AS newest
       ORDER BY created, id`,
      [kind],
    );
    return rows.map((row) => row.shown);
  }
}
