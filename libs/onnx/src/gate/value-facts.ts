/** What the gate knows of a value for one concrete batch size. */
export interface ValueFacts {
  readonly shape: readonly number[];
  /** Its content, where it is a small list of whole numbers that other shapes may depend on. */
  readonly ints?: readonly number[];
}

/** Contents longer than this are never a shape. */
export const MAX_KNOWN_INTS = 4_096;

export const elementsOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
