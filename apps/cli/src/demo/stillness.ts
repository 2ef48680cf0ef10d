/** How long a figure that should grow has not. */
export class Stillness {
  private last: number | null = null;

  /** @param since when the watching began */
  constructor(private since: number) {}

  stoodStillMs(figure: number, now: number): number {
    if (figure !== this.last) {
      this.last = figure;
      this.since = now;
    }
    return now - this.since;
  }
}
