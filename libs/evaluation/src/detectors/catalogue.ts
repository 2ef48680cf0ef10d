import { Adwin } from './adwin';
import type { ChangeDetector, DetectorName } from './change-detector';
import { Ddm } from './ddm';
import { PageHinkley } from './page-hinkley';

export interface DetectorOptions {
  /** Natural logarithm, where decisions must be the same on every engine. */
  readonly log?: (x: number) => number;
}

/** Each with the settings that its paper, or custom, has as default. */
export const DETECTORS: ReadonlyMap<DetectorName, (options?: DetectorOptions) => ChangeDetector> = new Map<
  DetectorName,
  (options?: DetectorOptions) => ChangeDetector
>([
  ['adwin', (options) => new Adwin(options)],
  ['page-hinkley', () => new PageHinkley()],
  ['ddm', () => new Ddm()],
]);
