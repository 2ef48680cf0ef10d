import type { CalendarPart } from './calendar';

/** Which kind of value an input carries: a number, a string, or a moment in whole milliseconds since 1970. */
export type InputKind = 'NUMBER' | 'CATEGORY' | 'TIME';

/** A request field, an ONNX input and a table column of the same name. */
export interface Input {
  readonly name: string;
  readonly kind: InputKind;
  /** For people; it travels into the signature. */
  readonly meaning?: string;
}

/** Preprocessing as data: how one feature comes from one input. Fitting it gives a {@link FittedStep}. */
export type FeatureStep =
  /** As it is; missing stays NaN. */
  | { readonly kind: 'number'; readonly input: string }
  /** Zero mean, unit variance; missing becomes the mean. */
  | { readonly kind: 'standardised'; readonly input: string }
  /** The smoothed mean label of the category, made out of fold for the training rows. */
  | {
      readonly kind: 'target-encoding';
      readonly input: string;
      /** How many rows of the overall mean each category is given. */
      readonly smoothing: number;
      readonly folds: number;
    }
  /** The `maxCategories` most frequent categories each have a column; the rest share one. */
  | { readonly kind: 'one-hot'; readonly input: string; readonly maxCategories: number }
  | {
      readonly kind: 'calendar';
      readonly input: string;
      readonly part: CalendarPart;
      readonly as: 'number' | 'one-hot';
    };

/** A fitted step holds everything that the ONNX graph needs; all numbers are exact float32 values. */
export type FittedStep =
  | { readonly kind: 'number'; readonly name: string; readonly input: string }
  | {
      readonly kind: 'standardised';
      readonly name: string;
      readonly input: string;
      readonly mean: number;
      /** 1 / standard deviation; 0 for a constant column. */
      readonly scale: number;
      /** The result is kept within +-limit; absent: it is not. */
      readonly limit?: number;
    }
  | {
      readonly kind: 'target-encoding';
      readonly name: string;
      readonly input: string;
      /** Sorted by code unit; the empty string stands for missing. */
      readonly categories: readonly string[];
      readonly values: readonly number[];
      /** For a category that training has not seen. */
      readonly unseen: number;
    }
  | {
      readonly kind: 'one-hot';
      readonly name: string;
      readonly input: string;
      /** Position = index; every other string has the index `categories.length`. */
      readonly categories: readonly string[];
    }
  | {
      readonly kind: 'calendar';
      readonly name: string;
      readonly input: string;
      readonly part: CalendarPart;
      readonly as: 'number' | 'one-hot';
    };
