import type { JobProgressed } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { liveAt } from './live-at';
import { approvals, commands, endpoints, expectations, models, releases, risks, runs, verdicts } from './projections';
import type { Projection, ViewBody } from './view';

let offset = 0;

const fact = (record: string, data: object, more: Partial<Received<unknown>> = {}): Received<unknown> => ({
  data,
  record: `io.millrace.x.${record}`,
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
  ...more,
});

const fold = (projection: Projection, ...events: Received<unknown>[]): ViewBody | null =>
  events.reduce<ViewBody | null>((body, event) => projection.apply(body, event), null);

const progress = (change: Partial<JobProgressed> = {}) =>
  fact('JobProgressed', { run: 'r', attempt: 1, phase: 'search', done: 1, total: 4, candidate: null, ...change });
const scored = (candidate: string, auc: number) => ({ candidate, folds: [], mean: { auc }, sd: { auc: 0 } });

/** Every order in which two topics may be read, each in its own order. */
function merges<T>(a: readonly T[], b: readonly T[]): T[][] {
  if (a.length === 0 || b.length === 0) return [[...a, ...b]];
  return [
    ...merges(a.slice(1), b).map((rest) => [a[0]!, ...rest]),
    ...merges(a, b.slice(1)).map((rest) => [b[0]!, ...rest]),
  ];
}

describe('gateway > views > projections', () => {
  describe('runs', () => {
    const planned = fact('RunPlanned', { run: 'r', model: 'm', dataset: 'd:1', occurredAt: 5 });
    const started = (attempt: number) => fact('RunStarted', { run: 'r', attempt, worker: 'w', occurredAt: 6 });

    it('show progress and the candidates scored so far, each once', () => {
      const body = fold(
        runs,
        planned,
        started(1),
        progress({ candidate: scored('a', 0.6) as never }),
        progress({ candidate: scored('b', 0.7) as never }),
        progress({ done: 3, candidate: scored('a', 0.65) as never }),
      );
      expect(body).toMatchObject({ status: 'RUNNING', progress: { phase: 'search', done: 3, total: 4 } });
      expect(body!.candidates).toEqual([scored('b', 0.7), scored('a', 0.65)]);
    });

    it('keep a report that came before the plan, which stands on another topic', () => {
      expect(fold(runs, progress(), planned)).toMatchObject({ status: 'PLANNED', progress: { done: 1 } });
    });

    it('take no report after the end, and none of an earlier attempt', () => {
      const failed = fact('RunFailed', { run: 'r', reasonCode: 'X', reason: 'x', occurredAt: 9 });
      expect(fold(runs, planned, started(1), failed, progress())).toMatchObject({ status: 'FAILED', progress: null });
      expect(fold(runs, planned, started(2), progress({ attempt: 1 }))).toMatchObject({ progress: null });
    });

    it.each(['RunCompleted', 'RunFailed', null])(
      'come out the same however the two topics are read, ended by %s',
      (end) => {
        const ends = {
          run: 'r',
          result: { candidates: [] },
          verdict: 'PASSED',
          reasonCode: 'X',
          reason: 'x',
          occurredAt: 9,
        };
        const facts = [planned, started(1), started(2), ...(end ? [fact(end, ends)] : [])];
        const reports = [
          progress(),
          progress({ done: 2, candidate: scored('a', 0.6) as never }),
          progress({ attempt: 2, candidate: scored('b', 0.7) as never }),
          progress({ attempt: 1, done: 4, candidate: scored('c', 0.8) as never }),
          progress({ attempt: 2, done: 3, candidate: scored('a', 0.5) as never }),
        ];
        const bodies = merges(facts, reports).map((events) => fold(runs, ...events));
        expect(bodies).toHaveLength(end ? 126 : 56);
        for (const body of bodies) expect(body).toEqual(bodies[0]);
      },
    );
  });

  describe('runs that are asked for', () => {
    const refused = (reasonCode: string) =>
      fact('RunRefused', { run: 'r', model: 'm', dataset: '', reasonCode, reason: 'why', occurredAt: 4 });
    const planned = fact('RunPlanned', { run: 'r', model: 'm', dataset: 'd:1', occurredAt: 5 });

    it('are shown when they were refused, since whoever pulls a trigger asks nobody', () => {
      expect(fold(runs, refused('NO_FIT_DATASET'))).toMatchObject({
        run: 'r',
        status: 'REFUSED',
        reasonCode: 'NO_FIT_DATASET',
        reason: 'why',
      });
      const body = fold(runs, refused('NO_FIT_DATASET'), planned);
      expect(body).toMatchObject({ status: 'PLANNED', dataset: 'd:1' });
      expect(body).not.toHaveProperty('reason');
    });

    it('stay as they are when somebody asks for them again', () => {
      expect(fold(runs, planned, refused('RUN_EXISTS'))).toEqual(fold(runs, planned));
    });

    it('name the version that came of them, whichever topic is read first, and not those that come of no run', () => {
      const completed = fact('RunCompleted', { run: 'r', result: { candidates: [] }, occurredAt: 9 });
      const version = fact('ModelVersionRegistered', { run: 'r', model: 'm', version: 2, aggregateVersion: 7 });
      const bodies = merges([planned, completed], [version]).map((events) => fold(runs, ...events));
      for (const body of bodies) expect(body).toMatchObject({ status: 'COMPLETED', version: 'm:2' });
      for (const body of bodies) expect(body).toEqual(bodies[0]);
      expect([version, fact('ModelVersionRegistered', { run: null })].map((one) => runs.idOf(one))).toEqual([
        'r',
        null,
      ]);
      expect(runs.versionOf(version)).toBeNull();
    });
  });

  it('models: versions in order, aliases by name', () => {
    const version = (number: number) => fact('ModelVersionRegistered', { model: 'm', version: number });
    const alias = fact('ModelAliasSet', { model: 'm', alias: 'champion', version: 1 });
    const body = fold(models, version(1), alias, version(2));
    expect(body).toMatchObject({ aliases: { champion: 1 }, versions: [{ version: 1 }, { version: 2 }] });
  });

  it('endpoints: majors side by side, retired for all', () => {
    const made = (major: number) => fact('EndpointCreated', { endpoint: 'e', major, description: '' });
    const retired = fact('EndpointRetired', { endpoint: 'e', occurredAt: 9, reason: 'old' });
    const body = fold(endpoints, made(1), made(2), retired);
    expect(body).toMatchObject({ status: 'RETIRED', reason: 'old', majors: [{ major: 1 }, { major: 2 }] });
  });

  it('verdicts: what was said, and who answers for it after all', () => {
    const judged = fact('DatasetJudged', { dataset: 'd:1', verdict: 'REJECTED', broken: [{ id: 'r' }] });
    expect(fold(verdicts, judged)).toMatchObject({ verdict: 'REJECTED', override: null });
    const overridden = fact('VerdictOverridden', { dataset: 'd:1', reason: 'known', by: 'ann', occurredAt: 9 });
    expect(fold(verdicts, judged, overridden)).toMatchObject({
      verdict: 'OVERRIDDEN',
      broken: [{ id: 'r' }],
      override: { reason: 'known', by: 'ann', at: 9 },
    });
  });

  it('expectations: the set in force, whichever way it came to be', () => {
    const defined = fact('ExpectationSetDefined', { source: 's', number: 1, expectations: [1], by: 'ann' });
    const derived = fact('ExpectationSetDerived', { source: 's', number: 2, expectations: [1, 2], observed: [3] });
    const body = fold(expectations, defined, derived)!;
    expect(body).toMatchObject({ number: 2, expectations: [1, 2], definedBy: 'ann' });
    expect(body).not.toHaveProperty('observed');
  });

  it('leave facts alone that they do not show', () => {
    expect(endpoints.idOf(fact('EndpointRefused', { endpoint: 'e' }))).toBeNull();
  });

  describe('risks', () => {
    it('keeps class and notice side by side, whichever came first', () => {
      const notice = fact('NoticeAttached', { model: 'm', notice: 'A machine decides.', by: 'ann', occurredAt: 5 });
      const classified = fact('ModelClassified', { model: 'm', riskClass: 'LIMITED', reasons: ['chat'], by: 'bob' });
      for (const order of [
        [notice, classified],
        [classified, notice],
      ])
        expect(fold(risks, ...order)).toMatchObject({
          model: 'm',
          riskClass: 'LIMITED',
          by: 'bob',
          notice: { text: 'A machine decides.', by: 'ann', at: 5 },
        });
    });
  });

  describe('approvals', () => {
    const missing = [{ code: 'APPROVALS', what: 'two people', next: 'ask them' }];
    const requested = fact('ApprovalRequested', { release: 'r', endpoint: 'e', missing, occurredAt: 1 });
    const approved = fact('ReleaseApproved', { release: 'r', by: 'ann', roles: [], reason: 'fine', occurredAt: 2 });

    it('waits with what is missing, counts who approved, and is granted', () => {
      expect(fold(approvals, requested, approved, requested)).toMatchObject({
        status: 'WAITING',
        missing,
        approvals: [{ by: 'ann', reason: 'fine', at: 2 }],
      });
      const granted = fact('ApprovalGranted', { release: 'r', endpoint: 'e', approvers: ['ann'], occurredAt: 3 });
      expect(fold(approvals, requested, approved, granted)).toMatchObject({
        status: 'GRANTED',
        missing: [],
        requestedAt: 1,
        decidedAt: 3,
        approvals: [{ by: 'ann' }],
      });
    });

    it.each([
      ['ReleaseDenied', 'DENIED'],
      ['ReleaseRejected', 'REJECTED'],
      ['ApprovalClosed', 'WITHDRAWN'],
    ])('%s ends it with the reason', (record, status) => {
      const end = fact(record, { release: 'r', endpoint: 'e', reason: 'why', by: 'bob', occurredAt: 4 });
      expect(fold(approvals, requested, end)).toMatchObject({ status, reason: 'why', missing: [], decidedAt: 4 });
    });
  });

  describe('releases', () => {
    const activated = (revision: number, occurredAt: number) =>
      fact('ReleaseActivated', { endpoint: 'e', revision, release: `r${revision}`, major: 1, occurredAt, arms: [] });
    const propose = (release: string, change: object = {}) =>
      fact('ReleaseProposed', {
        endpoint: 'e',
        release,
        kind: 'FORWARD',
        reason: 'better',
        proposedBy: 'ann',
        ...change,
      });
    const proposed = propose('r1');
    const granted = fact('ReleaseGranted', { endpoint: 'e', release: 'r1', by: 'NO_POLICY' });
    const body = fold(releases, proposed, granted, activated(1, 100), activated(2, 200))!;

    it('wait for approval, whatever is rolled back meanwhile', () => {
      const back = propose('r2', { kind: 'ROLL_BACK', reason: 'worse' });
      const waits = fold(releases, proposed, granted, activated(1, 100), propose('r3'), back, activated(2, 200))!;
      expect(waits).toMatchObject({ pending: { release: 'r3' }, live: { release: 'r2', kind: 'ROLL_BACK' } });
      expect(Object.keys(waits.proposed as object)).toEqual(['r3']);
    });

    it.each([
      ['ReleaseWithdrawn', {}, 'RELEASE_WITHDRAWN'],
      ['ReleaseRefused', { commandId: 'r3', reasonCode: 'RELEASE_DENIED' }, 'RELEASE_DENIED'],
    ])('%s puts an end to what waits', (record, data, reasonCode) => {
      const end = fact(record, { endpoint: 'e', release: 'r3', reason: 'why', ...data }, { causationId: 'denial' });
      expect(releases.idOf(end)).toBe('e');
      expect(fold(releases, propose('r3'), end)).toMatchObject({
        pending: null,
        proposed: {},
        lastRefusal: { release: 'r3', reasonCode, reason: 'why' },
      });
    });

    it('a command that was refused at once changes nothing', () => {
      const refused = fact('ReleaseRefused', { endpoint: 'no', release: 'r3', commandId: 'r3' }, { causationId: 'r3' });
      expect(releases.idOf(refused)).toBeNull();
    });

    it('remember who wanted and granted each revision', () => {
      expect(body.pending).toBeNull();
      expect(body.history).toMatchObject([
        { revision: 1, proposedBy: 'ann', grantedBy: 'NO_POLICY', kind: 'FORWARD' },
        { revision: 2, kind: 'UNKNOWN' },
      ]);
    });

    it.each([
      [99, null],
      [100, 1],
      [199, 1],
      [200, 2],
      [10_000, 2],
    ])('tell what was live at %i', (at, revision) => {
      expect((liveAt(body, at).live as { revision: number } | null)?.revision ?? null).toBe(revision);
    });
  });

  describe('commands', () => {
    const answer = (record: string, data: object, id: string) => fact(record, data, { causationId: 'c1', id });

    it('are done by the first fact that they caused, and name all of them, each once', () => {
      const one = answer('ReleaseProposed', {}, 'a');
      const body = fold(commands, one, answer('ReleaseActivated', {}, 'b'), one);
      expect(body).toMatchObject({ status: 'DONE', facts: [{ id: 'a' }, { id: 'b' }] });
    });

    it('are refused by a refusal, also after other facts', () => {
      const refusal = answer('ReleaseRefused', { commandId: 'c1', reasonCode: 'NO_FIT', reason: 'why' }, 'b');
      expect(fold(commands, answer('ReleaseProposed', {}, 'a'), refusal)).toMatchObject({
        status: 'REFUSED',
        reasonCode: 'NO_FIT',
        reason: 'why',
      });
    });

    it('do not concern a fact without a cause', () => {
      expect(commands.idOf(fact('SourceRegistered', {}))).toBeNull();
    });
  });
});
