/** What of a measured window is needed here. */
export interface ToldQuality {
  readonly time: string;
  readonly start: number;
  readonly end: number;
  readonly scored: number;
  readonly estimates: Readonly<Record<string, { readonly value: number }>>;
  readonly holdOut: Readonly<Record<string, number>>;
}

export interface StretchQuality {
  readonly name: string;
  readonly examples: number | null;
  readonly labelRate: number | undefined;
  readonly meanScore: number | undefined;
  readonly auc: number | undefined;
  readonly logLoss: number | undefined;
}

/**
 * The hold-out set, then the windows of event time in so many stretches of equal length. Rates and losses are means over all
 * examples, and so exact; AUC is the mean of the windows, since it cannot be added up.
 */
export function qualityByStretch(told: readonly ToldQuality[], stretches: number): StretchQuality[] {
  const windows = told.filter(({ time, scored }) => time === 'EVENT' && scored > 0);
  const [first, last] = [windows[0], windows.at(-1)];
  if (!first || !last) return [];
  const { holdOut } = last;
  const before: StretchQuality = {
    name: 'hold-out set of the training',
    examples: holdOut.rows ?? null,
    labelRate: holdOut.positiveRate,
    meanScore: holdOut.meanProbability,
    auc: holdOut.auc,
    logLoss: holdOut.logLoss,
  };
  const length = (last.end - first.start) / stretches;
  const of = (index: number) => ({
    from: first.start + index * length,
    to: index === stretches - 1 ? last.end : first.start + (index + 1) * length,
  });
  const rows = Array.from({ length: stretches }, (_, index) => {
    const { from, to } = of(index);
    return stretch(windows.filter(({ start }) => start >= from && start < to));
  });
  return [before, ...rows.filter((row) => row !== null)];
}

function stretch(windows: readonly ToldQuality[]): StretchQuality | null {
  const [first, last] = [windows[0], windows.at(-1)];
  if (!first || !last) return null;
  const mean = (name: string) => {
    const known = windows.filter(({ estimates }) => estimates[name]);
    const weight = known.reduce((sum, { scored }) => sum + scored, 0);
    if (weight === 0) return undefined;
    return known.reduce((sum, { estimates, scored }) => sum + (estimates[name]?.value ?? 0) * scored, 0) / weight;
  };
  return {
    name: `${dayOf(first.start)} to ${dayOf(last.end - 1)}`,
    examples: windows.reduce((sum, { scored }) => sum + scored, 0),
    labelRate: mean('positiveRate'),
    meanScore: mean('meanProbability'),
    auc: mean('auc'),
    logLoss: mean('logLoss'),
  };
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
