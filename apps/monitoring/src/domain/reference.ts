import type {
  ModelVersionRegistered,
  RunPlanned,
  SignatureInput,
  SignatureOutput,
  WindowReference,
} from '@millrace/contracts';
import { type ColumnReference, keyOf, type ReferenceProfile } from '@millrace/evaluation';

/** What of the profile of a data set (libs/data) is needed here. Cells of the histogram are closed on the right. */
export interface ProfiledColumn {
  readonly name: string;
  /** Rows with a value, and without one; `nonFinite` of those without are NaN or infinite. */
  readonly count: number;
  readonly missing: number;
  readonly nonFinite: number;
  readonly histogram: { readonly edges: readonly number[]; readonly counts: readonly number[] } | null;
  readonly top: readonly { readonly value: string | number; readonly count: number }[];
}

export interface ProfiledData {
  readonly columns: readonly ProfiledColumn[];
}

/** What the log says about a version, as far as windows of its responses need it. */
export interface Lineage {
  readonly version: ModelVersionRegistered;
  /** Null for an imported model. */
  readonly plan: RunPlanned['plan'] | null;
  readonly profile: { readonly digest: string; readonly content: ProfiledData } | null;
  /** Why there is no profile; null where there is one. */
  readonly without: string | null;
}

/** One column and whether it is compared with what training has seen. */
export interface MonitoredColumn {
  readonly column: ColumnReference;
  /** Null: it is compared. */
  readonly notCompared: string | null;
  /** Whether values below and above the edges say anything. */
  readonly ranged: boolean;
}

/** The response field that outcomes are held against. */
export interface ScoredOutput {
  readonly field: string;
  readonly kind: 'CLASSIFICATION' | 'REGRESSION';
}

/** What the windows of a version are counted and compared with. Depends on facts that never change, so it never changes. */
export interface Reference {
  readonly profile: ReferenceProfile;
  readonly columns: ReadonlyMap<string, MonitoredColumn>;
  readonly named: WindowReference;
  readonly columnsLeftOut: number;
  /** When the version was made, milliseconds since 1970; null without a version. */
  readonly madeAt: number | null;
  /** Null where no output can be held against outcomes. */
  readonly scored: ScoredOutput | null;
  /** Metrics on the hold-out set of the training, by name; empty where there was none. */
  readonly holdOut: Readonly<Record<string, number>>;
}

/** Windows have at most so many columns, so that their events stay below 1 MiB. */
export const COLUMNS_MAX = 300;
const CELLS = 20;
const CATEGORIES_MAX = 1_000;
const NOT_LOGGED = 'nothing was released, so nothing is known about the columns';

/** Of responses that no version has anything to do with: only status and latency are counted. */
export const noReference: Reference = {
  profile: { id: 'none', columns: [] },
  columns: new Map(),
  named: { kind: 'NONE', dataset: null, profileDigest: null, reason: NOT_LOGGED },
  columnsLeftOut: 0,
  madeAt: null,
  scored: null,
  holdOut: {},
};

export function referenceOf(lineage: Lineage): Reference {
  const { version, profile, without } = lineage;
  const found = [...featuresOf(lineage), ...outputsOf(lineage)];
  const columns = found.slice(0, COLUMNS_MAX);
  return {
    profile: {
      id: `${version.model}:${version.version}@${profile?.digest ?? 'signature'}`,
      columns: columns.map(({ column }) => column),
    },
    columns: new Map(columns.map((monitored) => [keyOf(monitored.column), monitored])),
    named: {
      kind: profile ? 'TRAINING_PROFILE' : 'SIGNATURE',
      dataset: profile ? version.dataset : null,
      profileDigest: profile?.digest ?? null,
      reason: without,
    },
    columnsLeftOut: found.length - columns.length,
    madeAt: version.occurredAt,
    scored: scoredOutputOf(lineage),
    holdOut: holdOutOf(version),
  };
}

/** A field of this name holds the probability of label 1, in models that Millrace has trained and in those that follow it. */
const PROBABILITY = 'probability';

function scoredOutputOf({ version, plan }: Lineage): ScoredOutput | null {
  const outputs = version.signature.outputs.filter(isNumericScalar);
  const output = outputs.find(({ field }) => field === PROBABILITY) ?? outputs[0];
  if (!output) return null;
  const classifies = plan ? plan.task === 'BINARY_CLASSIFICATION' : output.field === PROBABILITY;
  return { field: output.field, kind: classifies ? 'CLASSIFICATION' : 'REGRESSION' };
}

const HOLD_OUT = 'holdOut.';

const holdOutOf = ({ metrics }: ModelVersionRegistered): Record<string, number> =>
  Object.fromEntries(
    Object.entries(metrics).flatMap(([name, value]) =>
      name.startsWith(HOLD_OUT) ? [[name.slice(HOLD_OUT.length), value]] : [],
    ),
  );

/** Scalar inputs; arrays have no distribution that one column could show. */
function featuresOf({ version, plan, profile, without }: Lineage): MonitoredColumn[] {
  return version.signature.inputs
    .filter(({ width }) => width === 1)
    .map((input) => {
      const spec = plan?.features.find(({ name }) => name === input.field);
      const column = profile?.content.columns.find(({ name }) => name === spec?.column);
      const known = column && spec?.kind !== 'TIME' ? columnOf(input, column) : null;
      if (known) return { column: known, notCompared: null, ranged: true };
      return ofSignature(input, spec?.kind === 'TIME' ? 'time goes on by itself' : (without ?? WITHOUT_COLUMN));
    });
}

const WITHOUT_COLUMN = 'the profile of the data set has no distribution of this column';

function columnOf(input: SignatureInput, column: ProfiledColumn): ColumnReference | null {
  const missing = column.missing - column.nonFinite;
  if (isNumber(input)) {
    if (!column.histogram) return null;
    const cells = leftClosed(column.histogram);
    const { nonFinite: notANumber } = column;
    return { kind: 'NUMBER', role: 'FEATURE', name: input.field, ...cells, below: 0, above: 0, missing, notANumber };
  }
  const listed = column.top.slice(0, CATEGORIES_MAX);
  if (listed.length === 0) return null;
  return {
    kind: 'CATEGORY',
    role: 'FEATURE',
    name: input.field,
    categories: listed.map(({ value }) => String(value)),
    counts: listed.map(({ count }) => count),
    unseen: column.count - listed.reduce((sum, { count }) => sum + count, 0),
    missing: column.missing,
  };
}

/** Ranges and categories that the signature names, with nothing counted in them. */
function ofSignature(input: SignatureInput, notCompared: string): MonitoredColumn {
  const name = input.field;
  if (!isNumber(input)) {
    const categories = (input.categories ?? []).slice(0, CATEGORIES_MAX);
    if (input.type === 'BOOL') categories.splice(0, categories.length, 'true', 'false');
    return {
      column: emptyCategory(name, categories.length === 0 ? [''] : categories),
      notCompared,
      ranged: input.type === 'BOOL' || input.categories !== null,
    };
  }
  const { min, max } = input;
  if (min === null || max === null || min > max)
    return { column: emptyNumber('FEATURE', name, [0, 0]), notCompared, ranged: false };
  return { column: emptyNumber('FEATURE', name, evenEdges(min, max)), notCompared, ranged: true };
}

/** Numeric scalars. Those of a classification are looked at between 0 and 1, those of a regression where the target was. */
function outputsOf({ version, plan, profile }: Lineage): MonitoredColumn[] {
  const target = profile?.content.columns.find(({ name }) => name === plan?.target.column);
  const edges = plan?.task === 'REGRESSION' && target?.histogram ? leftClosed(target.histogram).edges : evenEdges(0, 1);
  return version.signature.outputs.filter(isNumericScalar).map(({ field }) => ({
    column: emptyNumber('PREDICTION', field, edges),
    notCompared: 'training keeps no distribution of the outputs',
    ranged: false,
  }));
}

const isNumericScalar = ({ width, type }: SignatureOutput): boolean =>
  width === 1 && type !== 'STRING' && type !== 'BOOL';

const isNumber = ({ type }: SignatureInput): boolean => type !== 'STRING' && type !== 'BOOL';

function emptyNumber(role: 'FEATURE' | 'PREDICTION', name: string, edges: readonly number[]): ColumnReference {
  const counts = new Array<number>(edges.length - 1).fill(0);
  return { kind: 'NUMBER', role, name, edges, counts, below: 0, above: 0, missing: 0, notANumber: 0 };
}

const emptyCategory = (name: string, categories: readonly string[]): ColumnReference => ({
  kind: 'CATEGORY',
  role: 'FEATURE',
  name,
  categories: [...new Set(categories)],
  counts: new Array<number>(new Set(categories).size).fill(0),
  unseen: 0,
  missing: 0,
});

function evenEdges(min: number, max: number): number[] {
  const edges = Array.from({ length: CELLS + 1 }, (_, cell) => min + ((max - min) * cell) / CELLS);
  edges[CELLS] = max;
  // A range of a few units in the last place has no twenty cells.
  return edges.every((edge, index) => index === 0 || edge > (edges[index - 1] as number)) ? edges : [min, max];
}

/**
 * Profiles close their cells on the right, windows on the left: (a, b] is [next after a, next after b) in doubles, so the
 * counts hold for both.
 */
function leftClosed(histogram: { readonly edges: readonly number[]; readonly counts: readonly number[] }) {
  const [first = 0, ...rest] = histogram.edges;
  const last = rest.at(-1) ?? first;
  const edges = [first, ...rest.slice(0, -1).map(nextUp), last];
  const counts = [...histogram.counts];
  if (edges.length > 2 && (edges.at(-2) as number) >= last) {
    edges.splice(-2, 1);
    counts.push((counts.pop() as number) + (counts.pop() as number));
  }
  return { edges, counts };
}

const double = new Float64Array(1);
const bits = new BigInt64Array(double.buffer);

/** The smallest double above a finite one. */
function nextUp(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  double[0] = value;
  bits[0] = (bits[0] as bigint) + (value > 0 ? 1n : -1n);
  return double[0] as number;
}
