import type { Logger } from '@millrace/contracts';

interface Step {
  readonly name: string;
  readonly close: () => Promise<void> | void;
  readonly limitMs: number;
}

export const STEP_LIMIT_MS = 3_000;

/**
 * Closes what was opened, last opened first, each step bounded in time: a step that hangs or fails is logged and the next
 * one runs. So the order of opening is the order of reliability F37, backwards: the database is closed after the producers,
 * and those after the intake.
 */
export class ShutdownOrder {
  private readonly steps: Step[] = [];
  private closing: Promise<boolean> | null = null;

  constructor(private readonly logger: Logger) {}

  opened(name: string, close: () => Promise<void> | void, limitMs = STEP_LIMIT_MS): void {
    this.steps.push({ name, close, limitMs });
  }

  /** True when every step ended well. Twice is once. */
  close(): Promise<boolean> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private async closeAll(): Promise<boolean> {
    let clean = true;
    for (let step = this.steps.pop(); step; step = this.steps.pop()) clean = (await this.closeOne(step)) && clean;
    return clean;
  }

  private async closeOne({ name, close, limitMs }: Step): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`not done within ${limitMs} ms`), limitMs);
    });
    const done = Promise.resolve()
      .then(close)
      .then(
        () => null,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
    const trouble = await Promise.race([done, late]);
    clearTimeout(timer);
    if (trouble) this.logger.warn({ step: name, reason: trouble }, 'A step of the shutdown failed');
    return trouble === null;
  }
}
