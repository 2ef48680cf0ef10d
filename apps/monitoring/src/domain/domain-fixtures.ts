import { type ModelVersionRegistered, signatureInput, type TrainingPlan } from '@millrace/contracts';
import type { Lineage, ProfiledColumn, ProfiledData } from './reference';

const MADE_AT = Date.UTC(2001, 3, 1);

export const aVersion = (more: Partial<ModelVersionRegistered> = {}): ModelVersionRegistered => ({
  aggregateVersion: 1,
  occurredAt: MADE_AT,
  model: 'late',
  version: 1,
  artifact: { digest: 'a'.repeat(64), size: 1, mediaType: 'application/onnx' },
  signature: {
    inputs: [
      signatureInput('origin', { type: 'STRING', categories: ['SFO', 'LAX'] }),
      signatureInput('distance', { min: 0, max: 100 }),
      signatureInput('departure', { type: 'INT64' }),
      signatureInput('wind', { width: 3 }),
    ],
    outputs: [{ name: 'probability', field: 'probability', type: 'FLOAT', rank: 2, width: 1, meaning: '' }],
  },
  origin: 'RUN',
  run: 'run-1',
  dataset: 'flights:1',
  datasetDigest: 'd',
  learner: null,
  metrics: { 'holdOut.auc': 0.8, 'holdOut.logLoss': 0.6, 'baseline.auc': 0.5 },
  description: '',
  registeredBy: 'ann',
  ...more,
});

const feature = (name: string, column: string, kind: 'NUMBER' | 'CATEGORY' | 'TIME') => ({
  name,
  column,
  kind,
  meaning: '',
  closed: false,
});

export const aPlan: TrainingPlan = {
  task: 'BINARY_CLASSIFICATION',
  target: { column: 'delay', threshold: 15, meaning: '' },
  features: [
    feature('origin', 'from', 'CATEGORY'),
    feature('distance', 'miles', 'NUMBER'),
    feature('departure', 'date', 'TIME'),
  ],
  candidates: [],
  folds: 3,
  searchRows: 100,
  seed: 1,
};

export const aColumn = (name: string, more: Partial<ProfiledColumn>): ProfiledColumn => ({
  name,
  count: 100,
  missing: 0,
  nonFinite: 0,
  histogram: null,
  top: [],
  ...more,
});

export const aProfile: ProfiledData = {
  columns: [
    aColumn('from', {
      top: [
        { value: 'SFO', count: 60 },
        { value: 'LAX', count: 30 },
      ],
      count: 95,
      missing: 5,
    }),
    aColumn('miles', {
      histogram: { edges: [0, 10, 20, 100], counts: [40, 30, 20] },
      count: 90,
      missing: 10,
      nonFinite: 4,
    }),
    aColumn('date', { histogram: { edges: [0, 1], counts: [100] } }),
    aColumn('delay', { histogram: { edges: [-10, 0, 50], counts: [50, 50] } }),
  ],
};

export const aLineage = (more: Partial<Lineage> = {}): Lineage => ({
  version: aVersion(),
  plan: aPlan,
  profile: { digest: 'f'.repeat(64), content: aProfile },
  without: null,
  ...more,
});
