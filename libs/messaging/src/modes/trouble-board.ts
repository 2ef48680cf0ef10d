/**
 * What is wrong now, by where it is wrong. A place that gets well does not hide another that is still ill: `onTrouble` gets
 * null only when nothing is left.
 */
export class TroubleBoard {
  private readonly troubles = new Map<string, Error>();

  constructor(private readonly onTrouble: (error: Error | null) => void) {}

  /** @param error null: this place is well. */
  set(where: string, error: Error | null): void {
    if (error !== null) this.troubles.set(where, error);
    else if (!this.troubles.delete(where)) return;
    this.onTrouble(this.first());
  }

  first(): Error | null {
    const [first] = this.troubles.values();
    return first ?? null;
  }
}
