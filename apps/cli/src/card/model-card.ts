import type { Place } from '../trace/story';

/** One thing that the log says, and where it says it. */
export interface Sentence extends Place {
  readonly text: string;
}

/** The fields of a model card, always all of them and in this order. Each rests on facts of one kind. */
export const CARD_FIELDS = [
  'version',
  'risk',
  'notice',
  'plan',
  'training',
  'data',
  'provenance',
  'verdict',
  'approval',
  'release',
] as const;
export type CardField = (typeof CARD_FIELDS)[number];

export interface FilledField {
  readonly field: CardField;
  readonly sentences: readonly Sentence[];
  /** Null: it is not. Else what would fill it. */
  readonly missing: string | null;
}

/** What the log says about a version of a model, and nothing else. Mitchell et al. 2019, "Model Cards for Model Reporting". */
export interface ModelCard {
  readonly model: string;
  readonly version: number;
  readonly fields: readonly FilledField[];
}
