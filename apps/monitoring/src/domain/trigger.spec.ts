import type { DeclareTrigger, RetrainingCause } from '@millrace/contracts';
import { givenWhenThen } from '@millrace/testing';
import fc from 'fast-check';
import { causeOfAlert, causeOfDataset } from './cause-of';
import { declareTrigger, type LiveOrigin, requestRetraining } from './change-trigger';
import { aPlan } from './domain-fixtures';
import {
  dropCauses,
  evolveTrigger,
  MAX_POSTPONED,
  noTrigger,
  type Trigger,
  type TriggerFact,
  takeCause,
  wakeTrigger,
} from './trigger';

const HOUR = 3_600_000;
const live: LiveOrigin = { model: 'late', source: 'flights', plan: aPlan };
const all = { drift: true, quality: true, newData: true, everyMs: null };
const command = (change: Partial<DeclareTrigger> = {}): DeclareTrigger => ({
  trigger: 'anew',
  endpoint: 'late',
  model: null,
  source: null,
  plan: null,
  conditions: all,
  coolDownMs: HOUR,
  ...change,
});
const at = (now: number, version = 0) => ({ version, now, actor: 'ann', causeId: 'cause' });
const cause = (event: string, change: Partial<RetrainingCause> = {}): RetrainingCause => ({
  kind: 'DRIFT',
  subject: `alert-${event}`,
  event,
  correlationId: 'c',
  ...change,
});
const last = { event: 'last', correlationId: 'last' };

const { given } = givenWhenThen<Trigger, TriggerFact>({ initial: noTrigger, evolve: evolveTrigger });
const declared = (change: Partial<DeclareTrigger> = {}, now = 0) => declareTrigger(command(change), live, at(now))[0]!;
const take = (one: RetrainingCause, now: number) => (trigger: Trigger, version: number) =>
  takeCause(trigger, one, 'r', at(now, version));
const wake = (now: number) => (trigger: Trigger, version: number) => wakeTrigger(trigger, last, 'r', at(now, version));
const byHand = (now: number) => (trigger: Trigger, version: number) =>
  requestRetraining(
    trigger,
    { trigger: 'anew', dataset: null, reason: ' why ' },
    { correlationId: 'c', run: 'r' },
    at(now, version),
  );
const requestedAt = (now: number): TriggerFact =>
  takeCause(evolveTrigger(noTrigger(), declared()), cause('e0'), 'r0', at(now, 1))[0]!;

describe('monitoring > trigger', () => {
  it('takes model, source and plan of what the endpoint serves, unless others are named', () => {
    given()
      .when(() => declareTrigger(command(), live, at(7)))
      .thenMatch({
        type: 'TriggerDeclared',
        data: { aggregateVersion: 1, occurredAt: 7, model: 'late', source: 'flights', plan: aPlan, declaredBy: 'ann' },
      });
    given()
      .when(() => declareTrigger(command({ model: 'm', source: 'late.v1', plan: { ...aPlan, seed: 9 } }), live, at(7)))
      .thenMatch({ type: 'TriggerDeclared', data: { model: 'm', source: 'late.v1', plan: { seed: 9 } } });
  });

  it.each<[string, Partial<DeclareTrigger>, LiveOrigin | null, string]>([
    ['a name that is none', { trigger: 'A B' }, live, 'BAD_NAME'],
    ['an empty name', { trigger: '' }, live, 'BAD_NAME'],
    ['an endpoint with a path in it', { endpoint: '../late' }, live, 'BAD_NAME'],
    ['a model that is none', { model: 'x'.repeat(64) }, live, 'BAD_NAME'],
    ['a source with quotes', { source: `'; DROP TABLE x` }, live, 'BAD_NAME'],
    ['a major that is none', { source: 'late.v0' }, live, 'BAD_NAME'],
    ['no cool-down', { coolDownMs: 0 }, live, 'BAD_TRIGGER'],
    ['a cool-down without end', { coolDownMs: 2 ** 52 }, live, 'BAD_TRIGGER'],
    ['a cool-down of less than nothing', { coolDownMs: -1 }, live, 'BAD_TRIGGER'],
    ['a schedule of no time', { conditions: { ...all, everyMs: 0 } }, live, 'BAD_TRIGGER'],
    ['an endpoint that never served', {}, null, 'NOTHING_RELEASED'],
    ['an imported version', {}, { model: 'late', source: null, plan: null }, 'ORIGIN_UNKNOWN'],
    ['a halted endpoint', {}, { model: null, source: null, plan: null }, 'ORIGIN_UNKNOWN'],
  ])('refuses %s', (_, change, origin, reasonCode) => {
    given()
      .when(() => declareTrigger(command(change), origin, at(7)))
      .thenMatch({ type: 'TriggerRefused', data: { reasonCode, commandId: 'cause', aggregateVersion: 1 } });
  });

  it('asks for a run at once, in the name of who declared it, and names the data set that made it ask', () => {
    given(declared())
      .when(take(cause('e1'), 5))
      .thenMatch({
        type: 'RetrainingRequested',
        data: { run: 'r', model: 'late', dataset: null, plan: aPlan, requestedBy: 'ann', cause: cause('e1') },
      });
    given(declared())
      .when(take(cause('e1', { kind: 'NEW_DATA', subject: 'flights:2' }), 5))
      .thenMatch({ type: 'RetrainingRequested', data: { dataset: 'flights:2' } });
  });

  it.each(['DRIFT', 'QUALITY', 'NEW_DATA', 'BY_HAND', 'UNKNOWN', 'SCHEDULE'] as const)(
    'does not ask for %s where nobody has said so',
    (kind) => {
      const conditions = { drift: false, quality: false, newData: false, everyMs: null };
      given(declared({ conditions }))
        .when(take(cause('e1', { kind }), 5))
        .thenNothing();
      given()
        .when(take(cause('e1', { kind }), 5))
        .thenNothing();
    },
  );

  it('postpones while it cools down, each cause once, and asks for one run when that is over', () => {
    const first = [declared(), requestedAt(10)];
    given(...first)
      .when(take(cause('e1'), 11))
      .thenMatch({ type: 'RetrainingPostponed', data: { until: 10 + HOUR, cause: cause('e1') } });
    const postponed = take(cause('e1'), 11)(given(...first).state(), 2)[0]!;
    given(...first, postponed)
      .when(take(cause('e1'), 12))
      .thenNothing();
    given(...first, postponed)
      .when(wake(9 + HOUR))
      .thenNothing();
    const after = given(...first, postponed)
      .when(wake(10 + HOUR))
      .thenMatch({ type: 'RetrainingRequested', data: { cause: cause('e1'), aggregateVersion: 4 } });
    expect(after).toMatchObject({ postponed: [], requestedAt: 10 + HOUR });
  });

  it('drops what it has postponed when the alert is resolved, and nothing else', () => {
    const first = [declared(), requestedAt(10)];
    const postponed = take(cause('e1'), 11)(given(...first).state(), 2)[0]!;
    const drop = (alert: string) => (trigger: Trigger, version: number) => dropCauses(trigger, alert, at(12, version));
    given(...first, postponed)
      .when(drop('another'))
      .thenNothing();
    given(...first, postponed)
      .when(drop('alert-e1'))
      .thenMatch({ type: 'RetrainingDropped', data: { cause: cause('e1'), aggregateVersion: 4 } });
  });

  it('keeps no more causes than it needs', () => {
    const facts = [declared(), requestedAt(10)];
    for (let one = 1; one <= MAX_POSTPONED; one++)
      facts.push(take(cause(`e${one}`), 11)(given(...facts).state(), one)[0]!);
    given(...facts)
      .when(take(cause('more'), 11))
      .thenNothing();
  });

  it('asks by schedule, counted from the last request of any kind', () => {
    const scheduled = declared({ conditions: { ...all, everyMs: 24 * HOUR } });
    given(scheduled)
      .when(wake(24 * HOUR - 1))
      .thenNothing();
    given(scheduled)
      .when(wake(24 * HOUR))
      .thenMatch({ type: 'RetrainingRequested', data: { cause: { kind: 'SCHEDULE', subject: '', ...last } } });
    given(scheduled, requestedAt(10))
      .when(wake(24 * HOUR + 9))
      .thenNothing();
    given(scheduled, requestedAt(10))
      .when(wake(24 * HOUR + 10))
      .thenMatch({ type: 'RetrainingRequested' });
  });

  it('is pulled by hand, unless it cools down or nobody has declared it', () => {
    given(declared())
      .when(byHand(5))
      .thenMatch({
        type: 'RetrainingRequested',
        data: { reason: 'why', requestedBy: 'ann', cause: { kind: 'BY_HAND', event: 'cause', correlationId: 'c' } },
      });
    given(declared(), requestedAt(10))
      .when(byHand(10 + HOUR - 1_500))
      .thenMatch({
        type: 'TriggerRefused',
        data: { reasonCode: 'COOLING_DOWN', reason: expect.stringContaining('ask again in 2 s') },
      });
    given(declared(), requestedAt(10))
      .when(byHand(10 + HOUR))
      .thenMatch({ type: 'RetrainingRequested' });
    given()
      .when(byHand(5))
      .thenMatch({ type: 'TriggerRefused', data: { reasonCode: 'UNKNOWN_TRIGGER' } });
  });

  it('waits for alerts about all responses and for what training can cure', () => {
    const told = { id: 'e', correlationId: 'c' };
    const alert = (rule: string, slice: { feature: string; value: string } | null = null) =>
      causeOfAlert({ alert: 'a', rule, slice } as never, told)?.kind ?? null;
    expect(['DRIFT', 'AUC', 'LOG_LOSS', 'CALIBRATION', 'ERROR', 'UNANSWERED', ''].map((rule) => alert(rule))).toEqual([
      'DRIFT',
      ...Array.from({ length: 4 }, () => 'QUALITY'),
      null,
      null,
    ]);
    expect(alert('DRIFT', { feature: 'origin', value: 'SFO' })).toBeNull();
    const judged = (verdict: string) => causeOfDataset({ dataset: 'f:1', verdict } as never, told)?.subject ?? null;
    expect(['ACCEPTED', 'REJECTED', 'UNKNOWN'].map(judged)).toEqual(['f:1', null, null]);
  });
});

type Step =
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'declare'; readonly coolDownMs: number; readonly drift: boolean; readonly everyMs: number | null }
  | { readonly kind: 'alert' | 'resolve'; readonly alert: number }
  | { readonly kind: 'data' | 'by-hand' | 'wake' };

const MAX_MS = 20_000;
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(MAX_MS) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('declare' as const),
      coolDownMs: fc.integer({ min: 1_000, max: MAX_MS }),
      drift: fc.boolean(),
      everyMs: fc.option(fc.integer({ min: 1_000, max: MAX_MS })),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('alert', 'alert', 'resolve'), alert: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('data', 'by-hand', 'wake') }) },
);

/** Of 10,000 lives, `expect` would take most of the time. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** A trigger, and everything that was said about it with the cool-down that was in force. */
class World {
  now = 1_000_000;
  trigger = noTrigger();
  readonly said: TriggerFact[] = [];
  /** Causes that were taken while they were wanted, and are neither answered nor dropped nor unwanted. */
  open = new Map<string, RetrainingCause>();
  private causes = 0;

  run(one: Step): void {
    const context = at(this.now, this.said.length);
    const run = `run-${this.said.length + 1}`;
    if (one.kind === 'pass') this.now += one.ms;
    else if (one.kind === 'declare') {
      const { coolDownMs, drift, everyMs } = one;
      const conditions = { drift, quality: false, newData: true, everyMs };
      this.take(declareTrigger(command({ coolDownMs, conditions }), live, context));
      if (!drift) for (const [event, { kind }] of this.open) if (kind === 'DRIFT') this.open.delete(event);
    } else if (one.kind === 'alert' || one.kind === 'data') {
      const kind = one.kind === 'alert' ? ('DRIFT' as const) : ('NEW_DATA' as const);
      const subject = one.kind === 'alert' ? `alert-${one.alert}` : 'flights:2';
      const taken = cause(`e${this.causes++}`, { kind, subject });
      const { declared: told } = this.trigger;
      if (told && (kind === 'NEW_DATA' || told.conditions.drift)) this.open.set(taken.event, taken);
      this.take(takeCause(this.trigger, taken, run, context));
    } else if (one.kind === 'resolve') {
      this.take(dropCauses(this.trigger, `alert-${one.alert}`, context));
      for (const [event, { subject }] of this.open) if (subject === `alert-${one.alert}`) this.open.delete(event);
    } else if (one.kind === 'by-hand')
      this.take(
        requestRetraining(
          this.trigger,
          { trigger: 'anew', dataset: null, reason: '' },
          { correlationId: 'c', run },
          context,
        ),
      );
    else this.take(wakeTrigger(this.trigger, last, run, context));
  }

  private take(facts: readonly TriggerFact[]): void {
    for (const fact of facts) {
      const { requestedAt: before, declared: told } = this.trigger;
      this.said.push(fact);
      must(fact.data.aggregateVersion === this.said.length, 'the versions have a gap');
      if (fact.type === 'RetrainingRequested') {
        must(before === null || this.now - before >= told!.coolDownMs, 'it asks within its cool-down');
        must(fact.data.run === `run-${this.said.length}`, 'it names another run');
        this.open.clear();
      }
      this.trigger = evolveTrigger(this.trigger, fact);
    }
  }
}

it('monitoring > trigger: in 10,000 random lives, never asks within its cool-down and forgets no cause', () => {
  const seen = { requested: 0, postponed: 0, dropped: 0, refused: 0 };
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
      const world = new World();
      world.run({ kind: 'declare', coolDownMs: 5_000, drift: true, everyMs: null });
      for (const one of steps) world.run(one);
      world.run({ kind: 'pass', ms: MAX_MS });
      world.run({ kind: 'wake' });
      must(world.open.size === 0 && world.trigger.postponed.length === 0, 'it has forgotten a cause');
      for (const { type } of world.said) {
        if (type === 'RetrainingRequested') seen.requested++;
        if (type === 'RetrainingPostponed') seen.postponed++;
        if (type === 'RetrainingDropped') seen.dropped++;
        if (type === 'TriggerRefused') seen.refused++;
      }
    }),
    { numRuns: 10_000, seed: 20_261_125 },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(1_000);
});
