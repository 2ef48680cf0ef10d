export type GuardTrip = 'BURST' | 'SPIKES' | 'LABELS';
export const GUARD_TRIPS: readonly GuardTrip[] = ['BURST', 'SPIKES', 'LABELS'];

/** What the guard said of an example; null: it was learned from. */
type Refused = 'LABEL_MISSING' | 'LABEL_OUT_OF_RANGE' | 'LOSS_SPIKE' | 'LOSS_BURST' | null;

/** Examples over which spikes are counted, and for how many no bad label may come before labels are as usual again. */
const SPAN = 1_000;
/** A calibrated model meets a loss of 4.6, the least of a spike, at most once in 100 examples. */
const SPIKES = 10;
/** As usual again below half of that. */
const FEW_SPIKES = 5;

export interface GuardWatchState {
  readonly burst: boolean;
  readonly spiking: boolean;
  /** Numbers of the last examples that were spikes, oldest first, 10 at most. */
  readonly spikes: readonly number[];
  /** Number of the last example with a bad label; null: none yet. */
  readonly badLabel: number | null;
}

/**
 * Whether what a guard keeps away deserves a look, with hysteresis: a function of the examples alone. A burst lasts as long
 * as the guard says; one label that is none is a fault of whoever sends outcomes, for the next 1,000 examples.
 */
export class GuardWatch {
  private burst: boolean;
  private spiking: boolean;
  private readonly spikes: number[];
  private badLabel: number | null;

  constructor(state: GuardWatchState | null = null) {
    this.burst = state?.burst ?? false;
    this.spiking = state?.spiking ?? false;
    this.spikes = [...(state?.spikes ?? [])];
    this.badLabel = state?.badLabel ?? null;
  }

  /** @param number of the example: 1 is the first that was taken. */
  take(refused: Refused, number: number): void {
    if (refused === 'LABEL_MISSING' || refused === 'LABEL_OUT_OF_RANGE') this.badLabel = number;
    else this.burst = refused === 'LOSS_BURST';
    if (refused === 'LOSS_SPIKE') {
      this.spikes.push(number);
      if (this.spikes.length > SPIKES) this.spikes.shift();
    }
    this.spiking = this.isWithinSpan(this.spikes.at(-(this.spiking ? FEW_SPIKES : SPIKES)), number);
    if (!this.isWithinSpan(this.badLabel ?? undefined, number)) this.badLabel = null;
  }

  isTripped(trip: GuardTrip): boolean {
    if (trip === 'BURST') return this.burst;
    return trip === 'SPIKES' ? this.spiking : this.badLabel !== null;
  }

  state(): GuardWatchState {
    const { burst, spiking, spikes, badLabel } = this;
    return { burst, spiking, spikes: [...spikes], badLabel };
  }

  private isWithinSpan(number: number | undefined, now: number): boolean {
    return number !== undefined && now - number < SPAN;
  }
}
