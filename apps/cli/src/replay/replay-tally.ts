import type { Decision, PredictionResponse } from '@millrace/contracts';
import type { Cause, Difference } from './causes';

/** Differences that are kept to be shown; the rest is counted. */
const SHOWN = 20;
/** More names than this are counted together. */
const NAMES = 1_000;

/** What a replay found, in constant memory. */
export class ReplayTally {
  responses = 0;
  differences = 0;
  /** Responses whose request or batch begins before what retention kept. */
  trimmed = 0;
  readonly statuses = new Map<string, number>();
  readonly notComputed = new Map<string, number>();
  readonly causes = new Map<Cause, number>();
  readonly versions = new Map<string, number>();
  readonly revisions = new Map<number | '(others)', number>();
  readonly otherRuntimes = new Map<string, number>();
  readonly batches = { count: 0, smallest: Number.POSITIVE_INFINITY, largest: 0 };
  readonly shown: Difference[] = [];
  private lastVersion = { model: '', version: 0, name: '' };

  response({ status, decision, releaseRevision }: PredictionResponse): void {
    this.responses++;
    count(this.statuses, status);
    count(this.revisions, releaseRevision);
    if (decision) count(this.versions, this.versionName(decision));
  }

  /** Responses beside each other mostly name the same version: its name is not made again for each. */
  private versionName({ model, version }: Decision): string {
    if (model !== this.lastVersion.model || version !== this.lastVersion.version)
      this.lastVersion = { model, version, name: `${model}:${version}` };
    return this.lastVersion.name;
  }

  batch(rows: number): void {
    this.batches.count++;
    this.batches.smallest = Math.min(this.batches.smallest, rows);
    this.batches.largest = Math.max(this.batches.largest, rows);
  }

  told(reason: string): void {
    count(this.notComputed, reason);
  }

  differs(difference: Difference): void {
    this.differences++;
    count(this.causes, difference.cause);
    if (this.shown.length < SHOWN) this.shown.push(difference);
  }

  otherRuntime(runtime: string): void {
    count(this.otherRuntimes, runtime);
  }
}

export function count<K extends string | number>(counts: Map<K | '(others)', number>, name: K): void {
  const known = counts.has(name) || counts.size < NAMES ? name : '(others)';
  counts.set(known, (counts.get(known) ?? 0) + 1);
}
