import { isDeepStrictEqual } from 'node:util';
import type { AlertWindow } from '@millrace/contracts';
import { givenWhenThen } from '@millrace/testing';
import fc from 'fast-check';
import {
  type Alert,
  type AlertFact,
  type AlertSubject,
  acknowledgeAlert,
  evolveAlert,
  judgeAlert,
  noAlert,
  type Observation,
} from './alert';

const about: AlertSubject = {
  alert: 'late.v1/DRIFT/distance',
  endpoint: 'late',
  major: 1,
  rule: 'DRIFT',
  subject: 'distance',
  slice: null,
};
const twoOfThree = { raise: 2, of: 3, resolve: 3 };
const window = (start: number): AlertWindow => ({
  time: 'EVENT',
  start,
  end: start + 1,
  model: 'm',
  version: 1,
  rows: 100,
  figures: { psi: 0.3 },
  threshold: null,
  statement: 'moved',
  event: `event-${start}`,
});
/** `#` a window that breaks the rule, `.` one that keeps it. */
const windows = (text: string): Observation[] =>
  [...text].map((sign, start) => ({ window: window(start), breach: sign === '#' }));
const context = (version: number) => ({ version, now: 7, actor: 'ann', causeId: 'cause' });
const { given } = givenWhenThen<Alert, AlertFact>({ initial: noAlert, evolve: evolveAlert });
const judge = (text: string) => (alert: Alert, version: number) =>
  judgeAlert(alert, about, windows(text), twoOfThree, context(version));
const acknowledge = (note: string) => (alert: Alert, version: number) =>
  acknowledgeAlert(alert, { alert: about.alert, note }, context(version));

const raised: AlertFact = {
  type: 'AlertRaised',
  data: { aggregateVersion: 1, occurredAt: 7, ...about, window: window(2), breaching: 2, windows: 3 },
};
const acknowledged: AlertFact = {
  type: 'AlertAcknowledged',
  data: { aggregateVersion: 2, occurredAt: 7, ...about, note: 'looking', by: 'ann' },
};
const resolved: AlertFact = {
  type: 'AlertResolved',
  data: { aggregateVersion: 2, occurredAt: 7, ...about, window: window(5), clean: 3 },
};

describe('monitoring > alert', () => {
  it('is raised by two windows of three, and names the last of them', () => {
    given().when(judge('#')).thenNothing();
    given().when(judge('#..#')).thenNothing();
    given().when(judge('.##')).then(raised);
    given().when(judge('#.#')).then(raised);
  });

  it('is raised once, and again after it was resolved', () => {
    given(raised).when(judge('.##')).thenNothing();
    given(raised, acknowledged).when(judge('###')).thenNothing();
    given(raised, resolved)
      .when(judge('##'))
      .thenMatch({ type: 'AlertRaised', data: { aggregateVersion: 3 } });
  });

  it('is resolved by three clean windows in a row, acknowledged or not', () => {
    given(raised).when(judge('##..')).thenNothing();
    given(raised).when(judge('##.#..')).thenNothing();
    given(raised).when(judge('##....')).then(resolved);
    given(raised, acknowledged).when(judge('##...')).thenMatch({ type: 'AlertResolved' });
    given(resolved).when(judge('...')).thenNothing();
  });

  it('is acknowledged by somebody who says what is done', () => {
    given(raised).when(acknowledge(' looking ')).then(acknowledged);
  });

  it.each([
    ['UNKNOWN_ALERT', [], 'x'],
    ['ALERT_NOT_RAISED', [raised, resolved], 'x'],
    ['ALERT_ACKNOWLEDGED', [raised, acknowledged], 'x'],
    ['NOTE_MISSING', [raised], '  '],
    ['NOTE_MISSING', [raised], 'x'.repeat(2_001)],
  ] as const)('refuses with %s', (reasonCode, facts, note) => {
    given(...facts)
      .when(acknowledge(note))
      .thenMatch({ type: 'AlertRefused', data: { reasonCode, alert: about.alert, commandId: 'cause' } });
  });

  it('keeps its rules over 10,000 random lives', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('window' as const), breach: fc.boolean() }),
      fc.record({ kind: fc.constant('correction' as const), back: fc.nat(5), breach: fc.boolean() }),
      fc.record({ kind: fc.constant('acknowledge' as const), note: fc.constantFrom('', 'looking') }),
    );
    const rules = fc
      .record({ raise: fc.integer({ min: 1, max: 3 }), more: fc.nat(3), resolve: fc.integer({ min: 1, max: 4 }) })
      .map(({ raise, more, resolve }) => ({ raise, of: raise + more, resolve }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), rules, (steps, hysteresis) => {
        const history: Observation[] = [];
        const facts: AlertFact[] = [];
        let alert = noAlert();
        for (const one of steps) {
          const decide = context(facts.length);
          if (one.kind === 'window') history.push({ window: window(history.length), breach: one.breach });
          if (one.kind === 'correction') {
            const at = history.length - 1 - one.back;
            if (at >= 0) history[at] = { window: window(at), breach: one.breach };
          }
          const recent = history.slice(-Math.max(hysteresis.of, hysteresis.resolve));
          const made =
            one.kind === 'acknowledge'
              ? acknowledgeAlert(alert, { alert: about.alert, note: one.note }, decide)
              : judgeAlert(alert, about, recent, hysteresis, decide);
          checkStep(alert, made, one, recent, hysteresis);
          facts.push(...made);
          alert = made.reduce(evolveAlert, alert);
          // Asked again about the same windows, it has nothing to add.
          if (one.kind !== 'acknowledge')
            demand(judgeAlert(alert, about, recent, hysteresis, context(facts.length)).length === 0, 'asked twice');
        }
        demand(
          facts.every(({ data }, index) => data.aggregateVersion === index + 1),
          'versions without gaps',
        );
        demand(isDeepStrictEqual(facts.reduce(evolveAlert, noAlert()), alert), 'state is folded from facts');
        checkOrder(facts);
      }),
      { seed: 11, numRuns: 10_000 },
    );
  });
});

function checkStep(
  before: Alert,
  made: readonly AlertFact[],
  step: { readonly kind: string; readonly note?: string },
  recent: readonly Observation[],
  { raise, of, resolve }: typeof twoOfThree,
): void {
  demand(made.length <= 1, 'one fact at most');
  const said = made[0]?.type;
  const breaching = recent.slice(-of).filter(({ breach }) => breach).length;
  if (step.kind === 'acknowledge') {
    const taken = before.status === 'RAISED' && step.note !== '';
    demand(said === (taken ? 'AlertAcknowledged' : 'AlertRefused'), 'acknowledged only while raised');
  } else if (before.status === 'RAISED' || before.status === 'ACKNOWLEDGED') {
    const clean = recent.length >= resolve && recent.slice(-resolve).every(({ breach }) => !breach);
    demand(said === (clean && breaching < raise ? 'AlertResolved' : undefined), 'resolved by clean windows only');
  } else demand(said === (breaching >= raise ? 'AlertRaised' : undefined), 'raised by enough windows only');
}

/** Never raised twice without having been resolved, and acknowledged or resolved only while raised. */
function checkOrder(facts: readonly AlertFact[]): void {
  let open = false;
  for (const { type } of facts) {
    if (type === 'AlertRaised') demand(!open, 'raised twice');
    if (type === 'AlertResolved' || type === 'AlertAcknowledged') demand(open, `${type} while not raised`);
    if (type !== 'AlertRefused') open = type !== 'AlertResolved';
  }
}

/** Jest's own `expect` would take most of the time of 10,000 lives. */
function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(`Does not hold: ${what}`);
}
