import {
  AlertRaised,
  DatasetJudged,
  DeclareTrigger,
  RequestRetraining,
  RetrainingPostponed,
  RetrainingRequested,
  sampleOf,
  Topics,
  TriggerDeclared,
  TriggerRefused,
} from '@millrace/contracts';
import { type Fact, makeInstallation, ServiceUnderTest, strangerSigner } from '@millrace/testing';
import { flights, MAY, WatchedEndpoint } from '../../test/watched-endpoint';
import { aPlan } from '../domain/domain-fixtures';

const HOUR = 3_600_000;
const NEVER = { drift: false, quality: false, newData: false, everyMs: null };

let service: ServiceUnderTest;
let endpoint: WatchedEndpoint;

beforeAll(async () => {
  service = new ServiceUnderTest(await makeInstallation('monitoring'), {
    MILLRACE_WINDOW_WIDTH: String(HOUR),
    MILLRACE_WINDOW_IDLE: '2000',
    MILLRACE_RETRAINING_LOOK: '100',
  });
  await service.start();
  endpoint = await WatchedEndpoint.make(service, 'decaying');
  // Facts about the released version come over other topics than commands.
  await service.until(
    'declaration',
    async () => (await service.answer(Topics.retraining, await declare('anew'))).record,
    (record) => record === TriggerDeclared.fullName,
  );
}, 120_000);
afterAll(async () => {
  await service.clear();
}, 60_000);

const declare = (trigger: string, change: Partial<DeclareTrigger> = {}) =>
  service.command(DeclareTrigger, trigger, {
    trigger,
    endpoint: 'decaying',
    model: null,
    source: null,
    plan: null,
    conditions: NEVER,
    coolDownMs: HOUR,
    ...change,
  });
const declared = async (trigger: string, change: Partial<DeclareTrigger> = {}) => {
  const answer = await service.answer(Topics.retraining, await declare(trigger, change));
  expect(answer.record).toBe(TriggerDeclared.fullName);
  return answer;
};
const pull = (trigger: string, id?: string) =>
  service.command(RequestRetraining, trigger, { trigger, dataset: null, reason: 'to see' }, { id, actor: 'bob' });
const judge = (number: number, change: Partial<DatasetJudged> = {}) =>
  service.publish(DatasetJudged, `decaying:${number}`, {
    ...sampleOf(DatasetJudged),
    dataset: `decaying:${number}`,
    source: 'decaying',
    verdict: 'ACCEPTED',
    profile: null,
    ...change,
  });
const factsOf = async (trigger: string): Promise<Fact[]> =>
  (await service.facts(Topics.retraining)).filter(({ key }) => key === trigger);
const requestsOf = async (trigger: string) =>
  (await factsOf(trigger)).filter(({ record }) => record === RetrainingRequested.fullName);

describe('monitoring > retraining', () => {
  it('follows from the alert that met the condition, with the plan of the version that decays', async () => {
    const { data } = await declared('on-drift', { conditions: { ...NEVER, drift: true } });
    expect(data).toMatchObject({ model: 'decaying', source: 'decaying', plan: aPlan, declaredBy: 'ann' });
    const far = flights(MAY + 2 * HOUR, 3, 100).map((row) => ({ ...row, distance: 90 }));
    await endpoint.answer([...flights(MAY, 2, 100), ...far, ...flights(MAY + 5 * HOUR, 1, 20)]);
    const requested = await service.await(
      'request',
      () => requestsOf('on-drift'),
      () => true,
    );
    const alert = (await service.facts(Topics.alerts)).find(({ id }) => id === requested.causationId);
    expect(alert).toMatchObject({ record: AlertRaised.fullName, data: { alert: 'decaying.v1/DRIFT/distance' } });
    expect(requested).toMatchObject({
      correlationId: alert!.correlationId,
      data: {
        aggregateVersion: 2,
        run: expect.stringMatching(/^[0-9a-f-]{36}$/),
        dataset: null,
        plan: aPlan,
        requestedBy: 'ann',
        cause: { kind: 'DRIFT', subject: 'decaying.v1/DRIFT/distance', event: alert!.id },
      },
    });
    // The alert rests on a window, and that on responses.
    expect((await service.facts(Topics.windows)).map(({ id }) => id)).toContain(alert!.causationId);
    expect(await requestsOf('anew')).toEqual([]);
  });

  it('is asked for by hand once, also when the command comes twice, then not until the cool-down is over', async () => {
    const command = await pull('anew');
    await pull('anew', command);
    expect((await service.answer(Topics.retraining, command)).data).toMatchObject({
      requestedBy: 'bob',
      reason: 'to see',
      cause: { kind: 'BY_HAND', event: command },
    });
    const again = await service.answer(Topics.retraining, await pull('anew'));
    expect(again).toMatchObject({ record: TriggerRefused.fullName, data: { reasonCode: 'COOLING_DOWN' } });
    expect(await requestsOf('anew')).toHaveLength(1);
  });

  it('is postponed by new data within the cool-down, and asked for after it, though the service was killed', async () => {
    await declared('on-data', { conditions: { ...NEVER, newData: true }, coolDownMs: 4_000 });
    await judge(1, { verdict: 'REJECTED' });
    const first = await judge(2);
    expect((await service.answer(Topics.retraining, first)).data).toMatchObject({ dataset: 'decaying:2' });
    const second = await judge(3);
    expect(await service.answer(Topics.retraining, second)).toMatchObject({ record: RetrainingPostponed.fullName });
    await service.die();
    await service.start();
    const requests = await service.until(
      'second request',
      () => requestsOf('on-data'),
      ({ length }) => length === 2,
    );
    expect(requests.map(({ causationId }) => causationId)).toEqual([first, second]);
    const [one, two] = requests.map(({ data }) => data as unknown as RetrainingRequested);
    expect(two!.occurredAt - one!.occurredAt).toBeGreaterThanOrEqual(4_000);
    expect(two!.run).not.toBe(one!.run);
  }, 60_000);

  it('is asked for by schedule, each request following from the one before', async () => {
    const { id } = await declared('nightly', { conditions: { ...NEVER, everyMs: 1_000 }, coolDownMs: 1_000 });
    const [first, second] = await service.until(
      'two requests',
      () => requestsOf('nightly'),
      ({ length }) => length >= 2,
    );
    expect([first!.causationId, second!.causationId]).toEqual([id, first!.id]);
    expect(first!.data.cause).toMatchObject({ kind: 'SCHEDULE' });
    await declared('nightly');
  });

  it.each<[string, string, Partial<DeclareTrigger>, string]>([
    ['an endpoint that there is not', 'x', { endpoint: 'nowhere' }, 'NOTHING_RELEASED'],
    ['nothing', '', { endpoint: '' }, 'BAD_NAME'],
    ['quotes and odd characters', '\'"; DROP TABLE retraining_triggers; --é', {}, 'BAD_NAME'],
    ['a very long name', 'x'.repeat(10_000), {}, 'BAD_NAME'],
    ['no cool-down', 'x', { coolDownMs: 0 }, 'BAD_TRIGGER'],
    ['a schedule in the past', 'x', { conditions: { ...NEVER, everyMs: -1 } }, 'BAD_TRIGGER'],
  ])('refuses to declare %s', async (_, trigger, change, reasonCode) => {
    const command = await declare(trigger, change);
    const answer = await service.answer(Topics.retraining, command);
    expect(answer).toMatchObject({ record: TriggerRefused.fullName, data: { reasonCode, commandId: command } });
  });

  it.each([
    ['a trigger that nobody declared', 'nobody-declared-it'],
    ['nothing', ''],
    ['quotes', "'; --"],
    ['a very long name', 'x'.repeat(10_000)],
  ])('refuses to pull %s', async (_, trigger) => {
    const answer = await service.answer(Topics.retraining, await pull(trigger));
    expect(answer).toMatchObject({ record: TriggerRefused.fullName, data: { reasonCode: 'UNKNOWN_TRIGGER' } });
  });

  it('buries commands that the gateway has not signed', async () => {
    const data = { trigger: 'anew', dataset: null, reason: '' };
    const unsigned = await service.command(RequestRetraining, 'anew', data, { signer: null });
    const forged = await service.command(RequestRetraining, 'anew', data, { signer: strangerSigner() });
    await service.until(
      'two dead letters',
      () => service.facts(Topics.monitoringDeadLetters),
      ({ length }) => length === 2,
    );
    for (const id of [unsigned, forged]) expect(await service.answersTo(Topics.retraining, id)).toEqual([]);
  });

  it('is rebuilt from its own facts', async () => {
    const { tables } = await service.rebuild();
    expect(tables.find(({ table }) => table === 'retraining_triggers')).toMatchObject({ difference: null });
    expect(tables.filter(({ difference }) => difference !== null)).toEqual([]);
  });
});
