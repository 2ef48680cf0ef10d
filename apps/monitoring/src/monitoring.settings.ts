import { defineSettings, type ValuesOf } from '@millrace/service';
import { z } from 'zod';
import { declaredSlices } from './domain/slices';

const HOUR = 3_600_000;
const positive = z.coerce.number().int().positive();
const share = z.coerce.number().min(0).max(1);

export const monitoringSettings = defineSettings({
  MILLRACE_WINDOW_WIDTH: {
    schema: positive,
    default: 24 * HOUR,
    unit: 'ms',
    doc: 'Width of the windows, in event time; they begin at multiples of it since 1970. Another width begins other windows.',
  },
  MILLRACE_WINDOW_LATENESS: {
    schema: positive,
    default: HOUR,
    unit: 'ms',
    doc: 'How much longer a window stays open after its end, in event time; what comes later is a correction.',
  },
  MILLRACE_WINDOW_HORIZON: {
    schema: positive,
    default: 7 * 24 * HOUR,
    unit: 'ms',
    doc: 'How long after its end a window takes late responses, in event time of the slowest partition; later ones are counted as too late.',
  },
  MILLRACE_WINDOW_AHEAD: {
    schema: positive,
    default: 24 * HOUR,
    unit: 'ms',
    doc: 'How far ahead of its sending the event time of a request may be; others are in no window, and counted.',
  },
  MILLRACE_WINDOWS_KEPT: {
    schema: positive,
    default: 400,
    doc: 'How many windows of a time line are kept for late responses at most.',
  },
  MILLRACE_WINDOW_IDLE: {
    schema: positive,
    default: 10_000,
    unit: 'ms',
    doc: 'A partition that is read to its end and silent for so long does not keep windows open.',
  },
  MILLRACE_WINDOW_CORRECTIONS: {
    schema: positive,
    default: 60_000,
    unit: 'ms',
    doc: 'Least time between two corrections of a window.',
  },
  MILLRACE_QUALITY_LATENESS: {
    schema: positive,
    default: 24 * HOUR,
    unit: 'ms',
    doc: 'How much longer than its end a window waits for outcomes, in event time of the requests; what comes later is a correction.',
  },
  MILLRACE_QUALITY_HORIZON: {
    schema: positive,
    default: 31 * 24 * HOUR,
    unit: 'ms',
    doc: 'How long after its end a window takes late outcomes, in event time of the requests.',
  },
  MILLRACE_SLICES: {
    schema: z.string().refine((text) => declaredSlices(text) !== null, 'write <endpoint>: <feature>, <feature>; ...'),
    default: '',
    doc: 'Features by whose values windows are split as well: flights-late: origin, destination; other: country',
  },
  MILLRACE_ALERT_RAISE: {
    schema: positive,
    default: 2,
    doc: 'How many of the last windows must break a rule for an alert.',
  },
  MILLRACE_ALERT_OF: {
    schema: positive,
    default: 3,
    doc: 'How many of the last windows are looked at for that.',
  },
  MILLRACE_ALERT_RESOLVE: {
    schema: positive,
    default: 3,
    doc: 'How many windows in a row must keep the rule for an alert to be resolved.',
  },
  MILLRACE_ALERT_UNANSWERED: {
    schema: share,
    default: 0.05,
    doc: 'Largest share of the responses of a window that may be neither PREDICTED nor FALLBACK.',
  },
  MILLRACE_ALERT_AUC: {
    schema: share,
    default: 0.05,
    doc: 'How far the AUC of a window may be below that of the hold-out set, its confidence interval aside.',
  },
  MILLRACE_ALERT_LOG_LOSS: {
    schema: share,
    default: 0.05,
    doc: 'How far the log loss of a window may be above that of the hold-out set, its confidence interval aside.',
  },
  MILLRACE_ALERT_CALIBRATION: {
    schema: share,
    default: 0.05,
    doc: 'How far the mean probability of a window may be from the rate of label 1, confidence intervals aside.',
  },
  MILLRACE_ALERT_RMSE: {
    schema: share,
    default: 0.1,
    doc: 'By what share the root mean squared error of a window may be above that of the hold-out set, its confidence interval aside.',
  },
  MILLRACE_RETRAINING_LOOK: {
    schema: positive,
    default: 5_000,
    unit: 'ms',
    doc: 'How often triggers are looked at that time alone pulls: schedules, and cool-downs that are over.',
  },
});
export type MonitoringSettings = ValuesOf<typeof monitoringSettings>;
