import type { ModelSignature, SignatureInput, SignatureOutput, TensorType } from '../records/shared';

/** A single FLOAT without bounds, but for what is named: input of examples and specs. */
export const signatureInput = (name: string, more: Partial<SignatureInput> = {}): SignatureInput => ({
  name,
  field: name.replaceAll(/[^A-Za-z0-9_]/g, '_'),
  type: 'FLOAT',
  rank: 2,
  width: 1,
  optional: false,
  closed: false,
  min: null,
  max: null,
  categories: null,
  meaning: '',
  ...more,
});

const input = (name: string, type: TensorType, meaning: string, more: Partial<SignatureInput> = {}) =>
  signatureInput(name, { type, meaning, ...more });

const output = (name: string, type: TensorType, meaning: string, width = 1): SignatureOutput => ({
  name,
  field: name,
  type,
  rank: width > 1 ? 2 : 1,
  width,
  meaning,
});

/**
 * A signature with every kind of input and output there is. Documents and golden bytes show with it what requests,
 * responses and outcomes of an endpoint look like.
 */
export const EXAMPLE_SIGNATURE: ModelSignature = {
  inputs: [
    input('origin', 'STRING', 'Airport of departure, IATA code', { categories: ['LAX', 'SFO'] }),
    input('departure', 'INT64', 'Actual time of departure, milliseconds since 1970'),
    input('distance', 'FLOAT', 'Miles', { min: 0, max: 5_000, closed: true }),
    input('taxi-minutes', 'DOUBLE', 'Minutes from the gate to the runway; null = not known yet', { optional: true }),
    input('seats', 'INT32', 'Seats of the aircraft'),
    input('international', 'BOOL', 'Whether it crosses a border'),
    input('wind', 'FLOAT', 'Wind at the destination, three readings in knots', { width: 3 }),
  ],
  outputs: [
    output('late', 'INT64', '1 = more than 15 minutes late'),
    output('probabilities', 'FLOAT', 'Of on time and of late', 2),
    output('verdict', 'STRING', 'ON_TIME or LATE'),
  ],
};

export const EXAMPLE_ENDPOINT = 'flights-late';
