import {
  type AlertAcknowledged,
  type AlertRaised,
  type AlertResolved,
  endpointFamily,
  type QualityMeasured,
  type Slice,
  type WindowClosed,
  type WindowColumn,
  type WindowCorrected,
} from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { projection } from './projection';
import { type Projection, recordName, sourceOf, type ViewBody } from './view';

/** Windows kept in a view, newest last; the log has them all. */
const WINDOWS_SHOWN = 200;
const COLUMNS_SHOWN = 50;

interface Told {
  readonly endpoint: string;
  readonly major: number;
  readonly slice: Slice | null;
}

interface ShownWindow {
  readonly time: string;
  readonly start: number;
  readonly model: string | null;
  readonly version: number | null;
}

/** One major of an endpoint, or a slice of it: `flights-late.v1`, `flights-late.v1[origin=SFO]`. */
const viewOf = (told: Told): string =>
  `${endpointFamily(told)}${told.slice === null ? '' : `[${told.slice.feature}=${told.slice.value}]`}`;

/** A list of windows, oldest first. What is told of one again takes its place. */
function windowView(
  kind: Projection['kind'],
  records: readonly string[],
  shown: (event: Received<unknown>) => object,
): Projection {
  return {
    kind,
    idOf: (event) => (records.includes(recordName(event)) ? viewOf(event.data as Told) : null),
    versionOf: (event) => (event.data as { aggregateVersion: number }).aggregateVersion,
    apply: (body, event) => {
      const told = event.data as Told & ShownWindow;
      const others = ((body?.windows as ShownWindow[] | undefined) ?? []).filter(
        (one) => placeOf(one) !== placeOf(told),
      );
      const windows = [...others, shown(event) as ShownWindow].sort((a, b) => a.start - b.start).slice(-WINDOWS_SHOWN);
      const { endpoint, major, slice } = told;
      return { id: viewOf(told), endpoint, major, slice, windows };
    },
  };
}

const placeOf = ({ time, start, model, version }: ShownWindow): string => `${time} ${start} ${model}:${version}`;

/** What came and what was answered, window by window. */
export const windows = windowView('window', ['WindowClosed', 'WindowCorrected'], (event) => {
  const data = event.data as WindowClosed & Partial<WindowCorrected>;
  const { time, start, end, model, version, rows, statuses, latency, reference, columns, correction = 0 } = data;
  return {
    time,
    start,
    end,
    model,
    version,
    rows,
    statuses,
    latency: latency && { p50: latency.p50, p99: latency.p99 },
    reference: { kind: reference.kind, dataset: reference.dataset, reason: reference.reason },
    columns: columns.slice(0, COLUMNS_SHOWN).map(shownColumn),
    correction,
    from: sourceOf(event),
  };
});

/** How good the answers were, window by window, beside the hold-out set. */
export const quality = windowView('quality', ['QualityMeasured'], (event) => {
  const { time, start, end, model, version, kind, examples, scored, estimates, holdOut, correction } =
    event.data as QualityMeasured;
  return {
    time,
    start,
    end,
    model,
    version,
    kind,
    examples,
    scored,
    estimates,
    holdOut,
    correction,
    from: sourceOf(event),
  };
});

function shownColumn({
  name,
  role,
  kind,
  count,
  missing,
  notANumber,
  outOfRange,
  unseen,
  mean,
  drift,
  alarm,
  reason,
}: WindowColumn) {
  const psi = drift?.psi ?? null;
  const psiNoise = drift?.psiNoise ?? null;
  return { name, role, kind, count, missing, notANumber, outOfRange, unseen, mean, psi, psiNoise, alarm, reason };
}

/** Every alert that was ever raised, as it stands. */
export const alerts = projection('alert', 'alert', {
  AlertRaised: (body, data: AlertRaised, event) => ({
    ...aboutOf(data),
    status: 'RAISED',
    raisedAt: data.occurredAt,
    window: data.window,
    breaching: data.breaching,
    windows: data.windows,
    acknowledged: null,
    resolved: null,
    times: Number(body?.times ?? 0) + 1,
    from: sourceOf(event),
  }),
  AlertAcknowledged: (body, { by, note, occurredAt: at }: AlertAcknowledged): ViewBody => ({
    ...body,
    status: 'ACKNOWLEDGED',
    acknowledged: { by, note, at },
  }),
  AlertResolved: (body, { window, clean, occurredAt: at }: AlertResolved): ViewBody => ({
    ...body,
    status: 'RESOLVED',
    resolved: { window, clean, at },
  }),
});

const aboutOf = ({ alert, endpoint, major, rule, subject, slice }: AlertRaised) => ({
  alert,
  endpoint,
  major,
  rule,
  subject,
  slice,
});
