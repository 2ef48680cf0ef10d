import type { Slice } from '@millrace/contracts';
import type { TimeLine } from './window-time';

/** Which window: rows of one time line, of what one version answered (or nothing did), in one slice (or all). */
export interface WindowKey {
  readonly time: TimeLine;
  readonly start: number;
  readonly model: string | null;
  readonly version: number | null;
  readonly slice: Slice | null;
}

/** The key as text, for tables; the same key gives the same text. */
export const textOf = ({ time, start, model, version, slice }: WindowKey): string =>
  JSON.stringify([time, start, model, version, slice?.feature ?? null, slice?.value ?? null]);

export function keyOfText(text: string): WindowKey {
  const [time, start, model, version, feature, value] = JSON.parse(text);
  return { time, start, model, version, slice: feature === null ? null : { feature, value } };
}

/** Order in which windows are told: oldest first, whole windows before their slices. */
export function compareKeys(a: WindowKey, b: WindowKey): number {
  if (a.start !== b.start) return a.start - b.start;
  if ((a.slice === null) !== (b.slice === null)) return a.slice === null ? -1 : 1;
  return textOf(a) < textOf(b) ? -1 : 1;
}
