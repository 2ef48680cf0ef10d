import type { Clock, Logger } from '@millrace/contracts';

/** Null (or none) when all is well, else sentences: what is wrong and, where it helps, what to do. */
export type Reason = string | readonly string[] | null;

export interface ProbeOptions {
  /** An answer is believed for so long, ms; 2,000 by default. */
  readonly maxAgeMs?: number;
  /** A probe that takes longer counts as failed, ms; 2,000 by default. */
  readonly timeoutMs?: number;
}

export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

const DEFAULT_MAX_AGE_MS = 2_000;
const DEFAULT_TIMEOUT_MS = 2_000;

/**
 * Whether this process can do its work, and if not, why. Parts report here; nothing runs between two questions, so a
 * healthy service that nobody asks costs nothing.
 */
export class Health {
  private readonly reports = new Map<string, () => Reason>();
  private readonly probes = new Map<string, Probe>();
  private readonly held = new Map<string, string>();

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** A part that always knows how it is. Returns a function that takes the report back. */
  report(name: string, reason: () => Reason): () => void {
    this.reports.set(name, reason);
    return () => this.reports.delete(name);
  }

  /** A part that must be asked (a database): asked only when somebody wants to know, and not more often than `maxAgeMs`. */
  probe(name: string, ask: () => Promise<Reason>, options: ProbeOptions = {}): () => void {
    this.probes.set(name, new Probe(ask, this.clock, options));
    return () => this.probes.delete(name);
  }

  /** Not ready for this reason until `release(name)`: starting, stopping. */
  hold(name: string, reason: string): void {
    this.held.set(name, reason);
  }

  release(name: string): void {
    this.held.delete(name);
  }

  /** Asks every part. A part that throws is a reason too. */
  async readiness(): Promise<Readiness> {
    const asked = [...this.probes].map(async ([name, probe]) => [name, await probe.reason()] as const);
    const told = [...this.reports].map(([name, reason]) => [name, this.call(name, reason)] as const);
    const all = [...[...this.held], ...told, ...(await Promise.all(asked))];
    const reasons = all.flatMap(([name, reason]) => [reason ?? []].flat().map((one) => `${name}: ${one}`));
    return { ready: reasons.length === 0, reasons };
  }

  private call(name: string, reason: () => Reason): Reason {
    try {
      return reason();
    } catch (error) {
      this.logger.error({ err: error, part: name }, 'A health report threw');
      return `cannot say how it is: ${(error as Error).message}`;
    }
  }
}

/** One answer at a time, remembered for a while. */
class Probe {
  private last: { at: number; reason: Reason } | null = null;
  private asking: Promise<Reason> | null = null;

  constructor(
    private readonly ask: () => Promise<Reason>,
    private readonly clock: Clock,
    private readonly options: ProbeOptions,
  ) {}

  async reason(): Promise<Reason> {
    const { maxAgeMs = DEFAULT_MAX_AGE_MS } = this.options;
    if (this.last && this.clock.now() - this.last.at < maxAgeMs) return this.last.reason;
    this.asking ??= this.askInTime().finally(() => {
      this.asking = null;
    });
    return this.asking;
  }

  private async askInTime(): Promise<Reason> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = this.options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Reason>((resolve) => {
      timer = setTimeout(() => resolve(`no answer within ${timeoutMs} ms`), timeoutMs);
    });
    const answer = Promise.resolve()
      .then(this.ask)
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    const reason = await Promise.race([answer, late]);
    clearTimeout(timer);
    this.last = { at: this.clock.now(), reason };
    return reason;
  }
}
