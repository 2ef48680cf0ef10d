import {
  type ClassificationFigures,
  ClassificationQuality,
  type ClassificationQualityState,
  type Estimate,
  RegressionQuality,
  type RegressionQualityState,
} from '@millrace/evaluation';
import type { ScoredOutput } from './reference';

/** How good the answers of a window were. Its JSON depends on the rows alone. */
export interface QualityState {
  readonly examples: number;
  /** Null where the version has no output that could be judged. */
  readonly quality: ClassificationQualityState | RegressionQualityState | null;
}

type Quality = ClassificationQuality | RegressionQuality;

/** Counts labelled examples of one version. */
export class QualityWindow {
  private examples = 0;
  private readonly quality: Quality | null;

  constructor(private readonly scored: ScoredOutput | null) {
    this.quality =
      scored === null ? null : scored.kind === 'CLASSIFICATION' ? new ClassificationQuality() : new RegressionQuality();
  }

  static fromState(scored: ScoredOutput | null, state: QualityState): QualityWindow {
    const window = new QualityWindow(scored);
    window.merge(state);
    return window;
  }

  /** @param outputs null when no session ran: the example counts, and is judged by nothing. */
  add(label: number, outputs: Readonly<Record<string, unknown>> | null): void {
    this.examples++;
    if (this.quality && this.scored && outputs) this.quality.add(label, outputs[this.scored.field]);
  }

  merge({ examples, quality }: QualityState): void {
    this.examples += examples;
    if (quality) this.quality?.merge(quality as ClassificationQualityState & RegressionQualityState);
  }

  state(): QualityState {
    return { examples: this.examples, quality: this.quality?.state() ?? null };
  }
}

/** What is told of a window. */
export function qualityFigures(state: QualityState) {
  const { examples, quality } = state;
  if (quality === null)
    return {
      kind: 'NONE' as const,
      examples,
      scored: 0,
      confidence: CONFIDENCE,
      estimates: {} as Record<string, Estimate>,
      aucError: 0,
    };
  const figures =
    quality.kind === 'CLASSIFICATION'
      ? ClassificationQuality.fromState(quality).figures(CONFIDENCE)
      : RegressionQuality.fromState(quality).figures(CONFIDENCE);
  return {
    kind: quality.kind,
    examples,
    scored: figures.rows,
    confidence: figures.confidence,
    estimates: { ...figures.estimates } as Record<string, Estimate>,
    aucError: (figures as Partial<ClassificationFigures>).aucError ?? 0,
  };
}

const CONFIDENCE = 0.95;
