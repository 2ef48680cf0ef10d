import type { Slice, WindowClosed } from '@millrace/contracts';
import type { AlertSubject, Observation } from './alert';

/** What every fact about a window says of which one it is. */
export type ToldWindow = Pick<
  WindowClosed,
  'endpoint' | 'major' | 'time' | 'start' | 'end' | 'slice' | 'model' | 'version' | 'rows'
>;

export interface Observed {
  readonly about: AlertSubject;
  readonly observation: Observation;
}

export interface Saying {
  readonly rule: string;
  readonly subject: string;
  readonly breach: boolean;
  readonly threshold: number | null;
  readonly figures: Record<string, number>;
  readonly statement: string;
}

/** What a rule says about a window, and which alert that concerns. */
export function observed(window: ToldWindow, event: string, saying: Saying): Observed {
  const { endpoint, major, time, start, end, slice, model, version, rows } = window;
  const { rule, subject, breach, threshold, figures, statement } = saying;
  const alert = `${endpoint}.v${major}/${rule}/${subject}${sliceOf(slice)}${time === 'SENT' ? '@sent' : ''}`;
  return {
    about: { alert, endpoint, major, rule, subject, slice },
    observation: { breach, window: { time, start, end, model, version, rows, figures, threshold, statement, event } },
  };
}

const sliceOf = (slice: Slice | null): string => (slice === null ? '' : `[${slice.feature}=${slice.value}]`);
