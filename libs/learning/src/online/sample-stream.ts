import type { Input } from '../features/feature-step';
import { Random } from '../random';
import { sigmoid } from './elementary';
import type { OnlineExample } from './test-then-train';

export const SAMPLE_INPUTS: readonly Input[] = [
  { name: 'x0', kind: 'NUMBER' },
  { name: 'x1', kind: 'NUMBER' },
  { name: 'x2', kind: 'NUMBER' },
  { name: 'carrier', kind: 'CATEGORY' },
  { name: 'departure', kind: 'TIME' },
];

const HOUR = 3_600_000;

export interface SampleExample extends OnlineExample {
  readonly features: Readonly<Record<string, unknown>>;
  readonly label: 0 | 1;
}

/** A seeded stream that every learner can gain on; one value in twenty is missing. `strength` scales the log odds. */
export function sampleStream(examples: number, seed: number, strength = 1): SampleExample[] {
  const random = new Random(seed);
  const normal = () => (random.uniform() + random.uniform() + random.uniform() - 1.5) * 2;
  const maybe = <T>(value: T): T | null => (random.below(20) === 0 ? null : value);
  return Array.from({ length: examples }, (_, n) => {
    const [x0, x1, x2] = [normal(), normal(), normal()];
    const carrier = random.below(5);
    const departure = 978_307_200_000 + n * 0.37 * HOUR;
    const late = new Date(departure).getUTCHours() >= 16 ? 1 : -0.5;
    const logOdds = strength * (2.5 * x0 - 1.5 * x1 + 0.8 * (carrier - 2) + late - 0.5);
    return {
      features: { x0: maybe(x0), x1: maybe(100 + 7 * x1), x2, carrier: maybe(`c${carrier}`), departure },
      label: random.uniform() < sigmoid(logOdds) ? 1 : 0,
    };
  });
}

/** Flips labels with the probability that `share` gives to their position. */
export function flipLabels(
  stream: readonly SampleExample[],
  seed: number,
  share: (n: number) => number,
): SampleExample[] {
  const random = new Random(seed);
  return stream.map((example, n) =>
    random.uniform() < share(n) ? { ...example, label: example.label === 1 ? 0 : 1 } : example,
  );
}

/** Values that no honest producer sends: none may stop a learner. */
export const HOSTILE_VALUES: readonly unknown[] = [
  undefined,
  null,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e308,
  -1e308,
  3.4e38,
  1e16,
  5e-324,
  -0,
  '',
  'never seen before',
  'x'.repeat(100_000),
  '\ud800',
  '\0',
  '__proto__',
  true,
  12n,
  10n ** 400n,
  {},
  [],
  () => 1,
  Symbol.iterator,
];
