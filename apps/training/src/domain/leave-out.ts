import type { LeftOut } from '@millrace/contracts';

/** The part of the stretches that lies before an offset. */
export const leftOutBefore = (stretches: readonly LeftOut[], offset: number): LeftOut[] =>
  stretches.filter(({ from }) => from < offset).map(({ from, to }) => ({ from, to: Math.min(to, offset) }));

/** The stretches with `from` to `to` left out as well; `to` lies behind all of them. */
export function leaveOut(stretches: readonly LeftOut[], from: number, to: number): LeftOut[] {
  const before = leftOutBefore(stretches, from);
  const last = before.at(-1);
  return last?.to === from ? [...before.slice(0, -1), { from: last.from, to }] : [...before, { from, to }];
}

export const isLeftOut = (stretches: readonly LeftOut[], offset: number): boolean =>
  stretches.some(({ from, to }) => from <= offset && offset < to);
