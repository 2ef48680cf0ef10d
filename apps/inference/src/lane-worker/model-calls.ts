import type { FlightRecorder } from './flight-recorder';

/**
 * Calls of foreign graphs, one at a time. ONNX Runtime starts a call one turn of the event loop after it was asked for and
 * then blocks the loop, so two calls never gain by overlapping; but then the one note of the flight recorder would name
 * the wrong model, or none, while the other one runs.
 */
export class ModelCalls {
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly recorder: Pick<FlightRecorder, 'enter' | 'leave'>,
    private readonly now: () => number,
  ) {}

  /** Calls when every call before has ended; meanwhile the flight recorder names the digest. */
  run<T>(digest: string, call: () => Promise<T>): Promise<T> {
    const turn = this.last.then(() => this.recorded(digest, call));
    this.last = turn.then(ended, ended);
    return turn;
  }

  private async recorded<T>(digest: string, call: () => Promise<T>): Promise<T> {
    this.recorder.enter(digest, this.now());
    try {
      return await call();
    } finally {
      this.recorder.leave();
    }
  }
}

const ended = (): void => {};
