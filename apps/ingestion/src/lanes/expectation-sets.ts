import {
  type Expectation,
  type ExpectationSetDefined,
  type ExpectationSetDerived,
  isAboutRecords,
  isAboutStorage,
} from '@millrace/contracts';
import { MessagingEvents } from '@millrace/messaging';
import { Injectable } from '@nestjs/common';

/** A set as single records are sorted by it. */
export interface SortingSet {
  /** `<source>:<number>`. */
  readonly set: string;
  readonly digest: string;
  readonly number: number;
  /** Without those that are about whole data sets. */
  readonly rules: readonly Expectation[];
}

/** The expectation set in force of every source, followed in memory. */
@Injectable()
export class ExpectationSets {
  private readonly sets = new Map<string, SortingSet>();
  /** When all that was on the log at the start has been read: until then nobody knows which set is in force. */
  readonly ready: Promise<void>;

  constructor(lifecycle: MessagingEvents) {
    this.ready = new Promise((resolve) => lifecycle.on('broadcastsComplete', () => resolve()));
  }

  /** A set that is not newer than the one in force is a repeat. */
  take({ source, set, digest, number, expectations }: ExpectationSetDefined | ExpectationSetDerived): void {
    if (number <= (this.sets.get(source)?.number ?? 0)) return;
    const rules = expectations.filter((one) => isAboutRecords(one) && !isAboutStorage(one));
    this.sets.set(source, { set, digest, number, rules });
  }

  inForce(source: string): SortingSet | null {
    return this.sets.get(source) ?? null;
  }
}
