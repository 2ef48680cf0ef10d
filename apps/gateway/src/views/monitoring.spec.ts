import {
  AlertAcknowledged,
  AlertRaised,
  AlertResolved,
  QualityMeasured,
  sampleOf,
  WindowClosed,
  WindowCorrected,
} from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { alerts, quality, windows } from './monitoring';
import type { Projection, ViewBody } from './view';

let offset = 0;

const fact = <T>(record: { readonly fullName: string }, data: T): Received<unknown> => ({
  data,
  record: record.fullName,
  topic: 't',
  partition: 0,
  offset: offset++,
  timestamp: 1,
  key: 'k',
  id: `event-${offset}`,
  correlationId: 'c',
  causationId: null,
  actor: null,
  traceparent: null,
});

const fold = (projection: Projection, ...events: Received<unknown>[]): ViewBody | null =>
  events.reduce<ViewBody | null>((body, event) => projection.apply(body, event), null);

const closed = (start: number, more: Partial<WindowClosed> = {}) =>
  fact(WindowClosed, { ...sampleOf(WindowClosed), endpoint: 'late', major: 1, start, end: start + 1, ...more });

describe('gateway > views > windows', () => {
  it('are listed in the order of time, a correction in the place of what it corrects', () => {
    const corrected = fact(WindowCorrected, {
      ...sampleOf(WindowCorrected),
      ...(closed(5).data as WindowClosed),
      rows: 7,
      correction: 2,
    });
    const body = fold(windows, closed(5), closed(3), closed(4), corrected);
    const shown = body?.windows as { start: number; rows: number; correction: number }[];
    expect(shown.map(({ start }) => start)).toEqual([3, 4, 5]);
    expect(shown[2]).toMatchObject({ rows: 7, correction: 2 });
  });

  it('of two versions stand side by side, those of slices and majors apart', () => {
    expect(fold(windows, closed(1, { version: 1 }), closed(1, { version: 2 }))?.windows).toHaveLength(2);
    expect(windows.idOf(closed(1, { slice: null }))).toBe('late.v1');
    expect(windows.idOf(closed(1, { major: 2, slice: { feature: 'origin', value: 'SFO' } }))).toBe(
      'late.v2[origin=SFO]',
    );
  });

  it('are the newest 200', () => {
    const body = fold(windows, ...Array.from({ length: 250 }, (_, start) => closed(start)));
    expect((body!.windows as { start: number }[]).map(({ start }) => start)).toEqual(
      Array.from({ length: 200 }, (_, index) => 50 + index),
    );
  });
});

describe('gateway > views > quality', () => {
  it('stands apart from the windows of the same endpoint', () => {
    const measured = fact(QualityMeasured, { ...sampleOf(QualityMeasured), endpoint: 'late', major: 1, slice: null });
    expect(windows.idOf(measured)).toBeNull();
    expect(quality.idOf(closed(1))).toBeNull();
    expect(quality.idOf(measured)).toBe('late.v1');
    const { estimates, holdOut } = sampleOf(QualityMeasured);
    expect(fold(quality, measured)).toMatchObject({ endpoint: 'late', windows: [{ estimates, holdOut }] });
  });
});

describe('gateway > views > alerts', () => {
  it('show how an alert stands, and how often it was raised', () => {
    const raised = fact(AlertRaised, { ...sampleOf(AlertRaised), alert: 'a' });
    const acknowledged = fact(AlertAcknowledged, { ...sampleOf(AlertAcknowledged), note: 'looking', by: 'ann' });
    const resolved = fact(AlertResolved, sampleOf(AlertResolved));
    expect(fold(alerts, raised)).toMatchObject({ alert: 'a', status: 'RAISED', acknowledged: null, times: 1 });
    expect(fold(alerts, raised, acknowledged)).toMatchObject({
      status: 'ACKNOWLEDGED',
      acknowledged: { by: 'ann', note: 'looking' },
    });
    expect(fold(alerts, raised, acknowledged, resolved, raised)).toMatchObject({
      status: 'RAISED',
      acknowledged: null,
      resolved: null,
      times: 2,
    });
  });
});
