import {
  RetrainingDropped,
  RetrainingPostponed,
  RetrainingRequested,
  sampleOf,
  TriggerDeclared,
} from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { triggers } from './retraining';
import type { ViewBody } from './view';

const fact = (record: { readonly fullName: string }, data: object): Received<unknown> => ({
  data,
  record: record.fullName,
  topic: 'monitoring.retraining.v1',
  partition: 0,
  offset: 7,
  timestamp: 1,
  key: 't',
  id: 'i',
  correlationId: 'c',
  causationId: null,
  actor: null,
  traceparent: null,
});
const fold = (...facts: Received<unknown>[]): ViewBody | null =>
  facts.reduce<ViewBody | null>((body, one) => triggers.apply(body, one), null);

const cause = (event: string) => ({ kind: 'DRIFT' as const, subject: 'a', event, correlationId: 'c' });
const declared = fact(TriggerDeclared, { ...sampleOf(TriggerDeclared), trigger: 't', endpoint: 'e' });
const requested = (run: string) =>
  fact(RetrainingRequested, { ...sampleOf(RetrainingRequested), trigger: 't', run, cause: cause('e0') });
const postponed = (event: string) => fact(RetrainingPostponed, { trigger: 't', cause: cause(event), until: 9 });
const dropped = (event: string) => fact(RetrainingDropped, { trigger: 't', cause: cause(event) });

describe('gateway > views > triggers', () => {
  it('show what was asked for, newest last, without the plan of each, and forget the oldest', () => {
    expect(triggers.idOf(declared)).toBe('t');
    const body = fold(declared, ...Array.from({ length: 25 }, (_, index) => requested(`r${index}`)));
    expect(body).toMatchObject({ endpoint: 'e', postponed: [] });
    const requests = body!.requests as { run: string }[];
    expect(requests).toHaveLength(20);
    expect(requests.at(-1)).toMatchObject({ run: 'r24' });
    expect(requests.at(-1)).not.toHaveProperty('plan');
  });

  it('show what waits, until it is asked for or dropped', () => {
    const waiting = fold(declared, postponed('e1'), postponed('e2'));
    expect(waiting!.postponed).toEqual([
      { cause: cause('e1'), until: 9 },
      { cause: cause('e2'), until: 9 },
    ]);
    expect(triggers.apply(waiting, dropped('e1')).postponed).toMatchObject([{ cause: { event: 'e2' } }]);
    expect(triggers.apply(waiting, requested('r')).postponed).toEqual([]);
  });

  it('keep their requests when they are declared again', () => {
    expect(fold(declared, requested('r'), declared)!.requests).toHaveLength(1);
  });
});
