import type { LabelledExample } from '@millrace/contracts';

/**
 * The outbox of ingestion may publish its last rows a second time after a crash: at most 500 at a time, in their order, so a
 * repeat stands within so many records of its original.
 */
const REMEMBERED = 1_024;

/** Tells repeats of labelled examples by the place of their request, which is theirs alone. */
export class RecentExamples {
  private readonly places: Set<string>;

  constructor(places: readonly string[] = []) {
    this.places = new Set(places);
  }

  /** @returns whether it is here for the first time. */
  take({ requestPartition, requestOffset }: Pick<LabelledExample, 'requestPartition' | 'requestOffset'>): boolean {
    const place = `${requestPartition}/${requestOffset}`;
    if (this.places.has(place)) return false;
    this.places.add(place);
    if (this.places.size > REMEMBERED) this.places.delete(this.places.values().next().value!);
    return true;
  }

  /** Oldest first. */
  list(): string[] {
    return [...this.places];
  }
}
