import type { Arm, EndpointCreated, FeatureValue, SignatureInput } from '@millrace/contracts';
import { compileInputCheck, type RowOutputs } from '@millrace/onnx';
import { CliError } from '../terminal/cli-error';
import { sameOutputs } from './compare-outputs';
import type { GatheredBatch, Row } from './gather-batches';
import type { Predict } from './replay-models';

/** How the responses of one slice would have changed. */
export interface SliceChange {
  readonly slice: string;
  readonly responses: number;
  /** Whose outputs would have been others, in any bit. */
  readonly changed: number;
  /** Whose first output would have crossed the threshold; null where none was given. */
  readonly crossed: number | null;
  /** Whose request the version would have rejected, or failed at. */
  readonly unanswered: number;
  /** Of the first output, where it is a number: means of what was said and of what would have been said. */
  readonly meanRecorded: number | null;
  readonly meanComputed: number | null;
  /** Mean and largest absolute difference of the first output. */
  readonly meanMove: number | null;
  readonly largestMove: number | null;
}

interface Sums {
  responses: number;
  changed: number;
  crossed: number;
  unanswered: number;
  recorded: number;
  computed: number;
  moved: number;
  largest: number;
  compared: number;
}

/** More values of a feature than this are told together. */
const SLICES = 1_000;
const BINS = 10;

/**
 * What another version would have said to the requests that were predicted: the same rows in the same micro-batches, less those
 * that its own input check rejects. Nothing is written to any topic.
 */
export class WhatIf {
  private readonly slices = new Map<string, Sums>();
  private readonly all = newSums();
  private readonly check: ReturnType<typeof compileInputCheck>;
  private readonly nameOf: (features: Row['request']['features']) => string;
  private predict: Predict | null = null;
  private output = '';

  /** @param arm the version as if it were released. @param slice feature whose values part the responses. */
  constructor(
    private readonly arm: Arm,
    private readonly slice: string | null,
    private readonly threshold: number | null,
  ) {
    this.check = compileInputCheck(arm.signature);
    this.nameOf = slice === null ? () => '' : slicing(slice, arm.signature.inputs);
  }

  begin({ endpoint, signature }: EndpointCreated, predict: Predict): void {
    const fields = new Set(signature.inputs.map(({ field }) => field));
    const missing = this.arm.signature.inputs.filter(({ field, optional }) => !optional && !fields.has(field));
    const outputs = (one: { outputs: readonly { field: string; type: string }[] }) =>
      one.outputs.map(({ field, type }) => `${field} ${type}`).join(', ');
    const version = `${this.arm.model}:${this.arm.version}`;
    if (missing.length > 0)
      throw new CliError(
        `${version} needs ${missing.map(({ field }) => field).join(', ')}, which requests to ${endpoint} do not have: it could not have answered them.`,
      );
    if (outputs(this.arm.signature) !== outputs(signature))
      throw new CliError(
        `${version} gives ${outputs(this.arm.signature)}, responses of ${endpoint} carry ${outputs(signature)}: they cannot be compared.`,
      );
    if (this.slice !== null && !fields.has(this.slice))
      throw new CliError(
        `Requests to ${endpoint} have no feature ${this.slice}. They have: ${[...fields].join(', ')}.`,
      );
    this.output = signature.outputs[0]?.field ?? '';
    this.predict = predict;
  }

  async ask({ rows, state }: GatheredBatch): Promise<void> {
    if (state === 'unnamed' || !rows.some(({ inRange }) => inRange)) return;
    const accepted = rows.filter(({ request }) => this.check(request.features).rejection === null);
    const outputs = await this.outputsOf(accepted);
    const byRow = new Map(accepted.map((row, index) => [row, outputs[index] ?? null]));
    for (const row of rows) if (row.inRange && row.response.outputs !== null) this.add(row, byRow.get(row) ?? null);
  }

  total(): SliceChange {
    return told('all', this.all, this.threshold !== null);
  }

  /** Most responses first. */
  bySlice(): SliceChange[] {
    const changes = [...this.slices].map(([name, sums]) => told(name, sums, this.threshold !== null));
    return changes.sort((a, b) => b.responses - a.responses || (a.slice < b.slice ? -1 : 1));
  }

  private async outputsOf(rows: readonly Row[]): Promise<readonly (RowOutputs | null)[]> {
    if (rows.length === 0) return [];
    const computed = await this.predict!(
      this.arm,
      rows.map(({ request }) => request.features),
    );
    if ('outputs' in computed) return computed.outputs;
    if (computed.cause !== 'other-outputs') throw new CliError(computed.why);
    return [];
  }

  private add(row: Row, computed: RowOutputs | null): void {
    const parts = this.slice === null ? [this.all] : [this.all, this.sumsOf(this.nameOf(row.request.features))];
    const recorded = row.response.outputs!;
    const [was, is] = [recorded[this.output], computed?.[this.output]];
    for (const sums of parts) {
      sums.responses++;
      if (computed === null) sums.unanswered++;
      if (!sameOutputs(recorded, computed, true)) sums.changed++;
      if (typeof was === 'number' && typeof is === 'number') this.addMove(sums, was, is);
    }
  }

  private addMove(sums: Sums, was: number, is: number): void {
    sums.compared++;
    sums.recorded += was;
    sums.computed += is;
    sums.moved += Math.abs(is - was);
    sums.largest = Math.max(sums.largest, Math.abs(is - was));
    if (this.threshold !== null && was >= this.threshold !== is >= this.threshold) sums.crossed++;
  }

  private sumsOf(name: string): Sums {
    const known = this.slices.has(name) || this.slices.size < SLICES ? name : '(others)';
    let sums = this.slices.get(known);
    if (!sums) {
      sums = newSums();
      this.slices.set(known, sums);
    }
    return sums;
  }
}

const newSums = (): Sums => ({
  responses: 0,
  changed: 0,
  crossed: 0,
  unanswered: 0,
  recorded: 0,
  computed: 0,
  moved: 0,
  largest: 0,
  compared: 0,
});

function told(slice: string, sums: Sums, hasThreshold: boolean): SliceChange {
  const { responses, changed, crossed, unanswered, compared } = sums;
  const mean = (sum: number) => (compared === 0 ? null : sum / compared);
  return {
    slice,
    responses,
    changed,
    crossed: hasThreshold ? crossed : null,
    unanswered,
    meanRecorded: mean(sums.recorded),
    meanComputed: mean(sums.computed),
    meanMove: mean(sums.moved),
    largestMove: compared === 0 ? null : sums.largest,
  };
}

/** Text and booleans by value; numbers in ten equal bins of the range that training saw; moments without one by month. */
function slicing(feature: string, inputs: readonly SignatureInput[]): (features: Row['request']['features']) => string {
  const input = inputs.find(({ field }) => field === feature);
  const [min, max] = [input?.min ?? null, input?.max ?? null];
  const binned = min !== null && max !== null && max > min;
  return (features) => {
    const value: FeatureValue | undefined = features[feature];
    if (value === null || value === undefined) return '(missing)';
    if (typeof value !== 'number') return String(value);
    if (!binned) return input?.type === 'INT64' && isMoment(value) ? monthOf(value) : String(value);
    if (value < min) return `below ${min}`;
    if (value > max) return `above ${max}`;
    const width = (max - min) / BINS;
    const bin = Math.min(BINS - 1, Math.floor((value - min) / width));
    return `${short(min + bin * width)} to ${short(min + (bin + 1) * width)}`;
  };
}

/** Epoch milliseconds of the years 1985 to 2128. */
const isMoment = (value: number): boolean => value > 4.8e11 && value < 5e12;

const monthOf = (ms: number): string => new Date(ms).toISOString().slice(0, 7);

const short = (value: number): string => String(Number(value.toPrecision(6)));
