import { digestOf } from '../canonical-json';
import type { Input } from '../features/feature-step';
import { ONLINE_VERSION } from './state/sealed-state';

/** Two learners may exchange their states when these are equal; what an input means to people does not matter. */
export function fingerprintOf(kind: string, inputs: readonly Input[], parameters: Readonly<Record<string, number>>) {
  const declared = inputs.map(({ name, kind }) => ({ name, kind }));
  return digestOf({ version: ONLINE_VERSION, kind, inputs: declared, parameters });
}
