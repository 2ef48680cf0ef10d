import { type AlertWindow, endpointFamily, type Slice, type WindowClosed } from '@millrace/contracts';
import type { AlertSubject } from './alert';

/**
 * Null: the figure is beyond the limit, but not so surely that chance is ruled out, or there are too few rows. Such a window neither
 * raises an alert nor helps to resolve it.
 */
export type Breach = boolean | null;

/** What every fact about a window says of which one it is. */
export type ToldWindow = Pick<
  WindowClosed,
  'endpoint' | 'major' | 'time' | 'start' | 'end' | 'slice' | 'model' | 'version' | 'rows'
>;

export interface Observed<B extends Breach = Breach> {
  readonly about: AlertSubject;
  readonly observation: { readonly window: AlertWindow; readonly breach: B };
}

export interface Saying<B extends Breach> {
  readonly rule: string;
  readonly subject: string;
  readonly breach: B;
  readonly threshold: number | null;
  readonly figures: Record<string, number>;
  readonly statement: string;
}

/** What a rule says about a window, and which alert that concerns. */
export function observed<B extends Breach>(window: ToldWindow, event: string, saying: Saying<B>): Observed<B> {
  const { endpoint, major, time, start, end, slice, model, version, rows } = window;
  const { rule, subject, breach, threshold, figures, statement } = saying;
  const alert = `${endpointFamily(window)}/${rule}/${subject}${sliceOf(slice)}${time === 'SENT' ? '@sent' : ''}`;
  return {
    about: { alert, endpoint, major, rule, subject, slice },
    observation: { breach, window: { time, start, end, model, version, rows, figures, threshold, statement, event } },
  };
}

const sliceOf = (slice: Slice | null): string => (slice === null ? '' : `[${slice.feature}=${slice.value}]`);
