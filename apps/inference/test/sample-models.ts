import { type ModelSignature, type SignatureInput, signatureInput } from '@millrace/contracts';

// Graphs of two inputs, x: float [N, 1] and colour: string [N, 1] (not used), and one output, y: float [N, 1]. They stand
// here as bytes because only libs/onnx builds graphs, and two of them pass no gate.

/** y = 7.5 x; the factor is the only float 7.5 in the file. */
const SCALE =
  'CAg6bAoQCgF4CgFrEgF5IgNNdWw6ABIBZyoOCgEBEAEiBAAA8EBCAWtaFAoBeBIPCg0IARIJCgMSAU4KAggBWhkKBmNvbG91chIPCg0ICBIJCgMSAU4KAggBYhQKAXkSDwoNCAESCQoDEgFOCgIIAUIECgAQEUIOCgphaS5vbm54Lm1sEAM=';
/** y = x, after as many rounds of a loop as the largest x of the batch says. */
const ROUNDS =
  'CAg6ygIKJgoBeBIDdG9wIglSZWR1Y2VNYXgqDwoIa2VlcGRpbXMYAKABAjoAChsKA3RvcBIBbSIEQ2FzdCoJCgJ0bxgHoAECOgAKqwEKAW0KBHRydWUKAXgSAXkiBExvb3AqkQEKBGJvZHkyhQEKFAoCZ28SAm9uIghJZGVudGl0eToAChIKAWESAWIiCElkZW50aXR5OgASBGJvZHlaCwoBaRIGCgQIBxIAWgwKAmdvEgYKBAgJEgBaFAoBYRIPCg0IARIJCgMSAU4KAggBYgwKAm9uEgYKBAgJEgBiFAoBYhIPCg0IARIJCgMSAU4KAggBoAEFOgASAWcqCxAJKgEBQgR0cnVlWhQKAXgSDwoNCAESCQoDEgFOCgIIAVoZCgZjb2xvdXISDwoNCAgSCQoDEgFOCgIIAWIUCgF5Eg8KDQgBEgkKAxIBTgoCCAFCBAoAEBFCDgoKYWkub25ueC5tbBAD';
/** y = x, after an allocation of as many floats as the largest x of the batch says. */
const BOMB =
  'CAg6jQIKJgoBeBIDdG9wIglSZWR1Y2VNYXgqDwoIa2VlcGRpbXMYAKABAjoAChsKA3RvcBIBbSIEQ2FzdCoJCgJ0bxgHoAECOgAKGQoBbQoEYXhlcxIBcyIJVW5zcXVlZXplOgAKGQoBcxIBYyIPQ29uc3RhbnRPZlNoYXBlOgAKJAoBYxIBZCIJUmVkdWNlU3VtKg8KCGtlZXBkaW1zGACgAQI6AAoQCgF4CgFkEgF5IgNBZGQ6ABIBZyoOCgEBEAc6AQBCBGF4ZXNaFAoBeBIPCg0IARIJCgMSAU4KAggBWhkKBmNvbG91chIPCg0ICBIJCgMSAU4KAggBYhQKAXkSDwoNCAESCQoDEgFOCgIIAUIECgAQEUIOCgphaS5vbm54Lm1sEAM=';

export function scaleModel(factor: number): Buffer {
  const bytes = Buffer.from(SCALE, 'base64');
  const written = Buffer.alloc(4);
  written.writeFloatLE(7.5);
  bytes.writeFloatLE(factor, bytes.indexOf(written));
  return bytes;
}

/** With x above 10^15 it does not return in this life. */
export const loopingModel = (): Buffer => Buffer.from(ROUNDS, 'base64');

/** With x = 10^13 it asks for 40 TB; with x = 5 x 10^8 for 2 GB, which it fills. */
export const bombModel = (): Buffer => Buffer.from(BOMB, 'base64');

export const inputX = (change: Partial<SignatureInput> = {}): SignatureInput => signatureInput('x', change);

export const inputColour = (change: Partial<SignatureInput> = {}): SignatureInput =>
  signatureInput('colour', { type: 'STRING', optional: true, ...change });

export const signature = (x: Partial<SignatureInput> = {}, colour: Partial<SignatureInput> = {}): ModelSignature => ({
  inputs: [inputX(x), inputColour(colour)],
  outputs: [{ name: 'y', field: 'y', type: 'FLOAT', rank: 2, width: 1, meaning: '' }],
});
