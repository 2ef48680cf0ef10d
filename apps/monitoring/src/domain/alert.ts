import {
  AcknowledgeAlert,
  type AlertAcknowledged,
  type AlertRaised,
  type AlertRefused,
  type AlertResolved,
  type AlertWindow,
  type DecisionContext,
  type Refusal,
  refusal,
  refusalOf,
  stamp,
} from '@millrace/contracts';

/** What an alert is about. Its id is made of all of this. */
export type AlertSubject = Pick<AlertRaised, 'alert' | 'endpoint' | 'major' | 'rule' | 'subject' | 'slice'>;

/** The life of an alert: it is raised, perhaps acknowledged, resolved, and may be raised again. */
export interface Alert {
  readonly status: 'ABSENT' | 'RAISED' | 'ACKNOWLEDGED' | 'RESOLVED';
  /** Null while it was never raised. */
  readonly about: AlertSubject | null;
}

export type AlertFact =
  | { readonly type: 'AlertRaised'; readonly data: AlertRaised }
  | { readonly type: 'AlertAcknowledged'; readonly data: AlertAcknowledged }
  | { readonly type: 'AlertResolved'; readonly data: AlertResolved }
  | { readonly type: 'AlertRefused'; readonly data: AlertRefused };

/** What a rule says about one window. */
export interface Observation {
  readonly window: AlertWindow;
  readonly breach: boolean;
}

/** Raised when `raise` of the last `of` windows break the rule; resolved when the last `resolve` keep it. */
export interface Hysteresis {
  readonly raise: number;
  readonly of: number;
  readonly resolve: number;
}

const MAX_NOTE = 2_000;

export const noAlert = (): Alert => ({ status: 'ABSENT', about: null });

/** The only writer of an alert's state: also used by a rebuild from `monitoring.alerts.v1`. */
export function evolveAlert(alert: Alert, fact: AlertFact): Alert {
  switch (fact.type) {
    case 'AlertRaised': {
      const { alert: id, endpoint, major, rule, subject, slice } = fact.data;
      return { status: 'RAISED', about: { alert: id, endpoint, major, rule, subject, slice } };
    }
    case 'AlertAcknowledged':
      return { ...alert, status: 'ACKNOWLEDGED' };
    case 'AlertResolved':
      return { ...alert, status: 'RESOLVED' };
    case 'AlertRefused':
      return alert;
  }
}

/** @param recent the last windows, in the order of time; at least as many as the hysteresis asks for, where there are so many */
export function judgeAlert(
  alert: Alert,
  about: AlertSubject,
  recent: readonly Observation[],
  { raise, of, resolve }: Hysteresis,
  context: DecisionContext,
): AlertFact[] {
  const breaches = recent.slice(-of).filter(({ breach }) => breach);
  const isOpen = alert.status === 'RAISED' || alert.status === 'ACKNOWLEDGED';
  const last = breaches.at(-1);
  if (!isOpen && last && breaches.length >= raise) {
    const { window } = last;
    const data = { ...stamp(context), ...about, window, breaching: breaches.length, windows: of };
    return [{ type: 'AlertRaised', data }];
  }
  const lately = recent.slice(-resolve);
  const newest = lately.at(-1);
  const clean = lately.length === resolve && lately.every(({ breach }) => !breach);
  if (isOpen && clean && newest && breaches.length < raise)
    return [{ type: 'AlertResolved', data: { ...stamp(context), ...about, window: newest.window, clean: resolve } }];
  return [];
}

/** Somebody takes care of a raised alert, or is told why there is nothing to take care of. */
export function acknowledgeAlert(alert: Alert, command: AcknowledgeAlert, context: DecisionContext): AlertFact[] {
  const why = whyNotAcknowledge(alert, command);
  if (why || alert.about === null) {
    const refused = refusalOf(context, AcknowledgeAlert.fullName, why ?? unknown(command));
    return [{ type: 'AlertRefused', data: { ...refused, alert: command.alert } }];
  }
  const data = { ...stamp(context), ...alert.about, note: command.note.trim(), by: context.actor };
  return [{ type: 'AlertAcknowledged', data }];
}

function whyNotAcknowledge({ status }: Alert, command: AcknowledgeAlert): Refusal | null {
  const { alert, note } = command;
  if (status === 'ABSENT') return unknown(command);
  if (status === 'RESOLVED')
    return refusal('ALERT_NOT_RAISED', `${alert} is resolved: there is nothing to acknowledge.`);
  if (status === 'ACKNOWLEDGED') return refusal('ALERT_ACKNOWLEDGED', `Somebody takes care of ${alert} already.`);
  const length = note.trim().length;
  if (length === 0 || length > MAX_NOTE)
    return refusal(
      'NOTE_MISSING',
      `An acknowledgement needs a note of 1 to ${MAX_NOTE} characters; this has ${length}.`,
    );
  return null;
}

const unknown = ({ alert }: AcknowledgeAlert): Refusal =>
  refusal(
    'UNKNOWN_ALERT',
    `There is no alert ${JSON.stringify(alert)}: millrace alert list names those that there are.`,
  );
