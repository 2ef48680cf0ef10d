import { randomUUID } from 'node:crypto';
import {
  AcknowledgeAlert,
  AlertAcknowledged,
  AlertRaised,
  AlertRefused,
  AlertResolved,
  type AlertWindow,
  LearnerGuardReleased,
  LearnerGuardTripped,
  LearnerStopped,
  sampleOf,
  Topics,
  WindowClosed,
  WindowCorrected,
} from '@millrace/contracts';
import { makeInstallation, ServiceUnderTest, strangerSigner } from '@millrace/testing';
import { flights, MAY, WatchedEndpoint } from '../../test/watched-endpoint';

const HOUR = 3_600_000;

let service: ServiceUnderTest;

beforeAll(async () => {
  service = new ServiceUnderTest(await makeInstallation('monitoring'), {
    MILLRACE_WINDOW_WIDTH: String(HOUR),
    MILLRACE_WINDOW_IDLE: '2000',
  });
  await service.start();
}, 120_000);
afterAll(async () => {
  await service.clear();
}, 60_000);

const alertsOf = async (alert: string) => (await service.facts(Topics.alerts)).filter(({ key }) => key === alert);
const untilAlert = (alert: string, record: { readonly fullName: string }) =>
  service.await(
    `${record.fullName} of ${alert}`,
    () => alertsOf(alert),
    (fact) => fact.record === record.fullName,
  );
const acknowledge = (alert: string, note: string, id?: string) =>
  service.command(AcknowledgeAlert, alert, { alert, note }, { id });

describe('monitoring > alerts', () => {
  it('raises an alert for planted drift, lets it be acknowledged once, and resolves it when the drift is over', async () => {
    const endpoint = await WatchedEndpoint.make(service, 'drifting');
    const alert = 'drifting.v1/DRIFT/distance';
    const far = flights(MAY + 2 * HOUR, 3, 100).map((row) => ({ ...row, distance: 90 }));
    await endpoint.answer([...flights(MAY, 2, 100), ...far]);
    await endpoint.answer(flights(MAY + 5 * HOUR, 1, 20));
    const raised = await untilAlert(alert, AlertRaised);
    expect(raised.data).toMatchObject({
      aggregateVersion: 1,
      endpoint: 'drifting',
      rule: 'DRIFT',
      subject: 'distance',
      breaching: 2,
      windows: 3,
      window: { start: MAY + 3 * HOUR, threshold: 0.1, figures: { psi: expect.any(Number) } },
    });
    // The alert follows from the window that it names.
    const window = (await service.facts(Topics.windows)).find(({ id }) => id === raised.causationId);
    expect(window).toMatchObject({ record: WindowClosed.fullName, data: { start: MAY + 3 * HOUR } });
    expect((raised.data.window as { event: string }).event).toBe(raised.causationId);

    const command = await acknowledge(alert, 'the unit changed, asking the producer');
    await acknowledge(alert, 'the unit changed, asking the producer', command);
    expect(await service.answer(Topics.alerts, command)).toMatchObject({
      record: AlertAcknowledged.fullName,
      data: { by: 'ann', note: 'the unit changed, asking the producer', aggregateVersion: 2 },
    });
    const again = await acknowledge(alert, 'me too');
    expect((await service.answer(Topics.alerts, again)).data).toMatchObject({ reasonCode: 'ALERT_ACKNOWLEDGED' });

    await endpoint.answer([...flights(MAY + 5 * HOUR, 4, 100), ...flights(MAY + 10 * HOUR, 1, 2)]);
    const resolved = await untilAlert(alert, AlertResolved);
    expect(resolved.data).toMatchObject({ clean: 3, aggregateVersion: 4, window: { start: MAY + 7 * HOUR } });
    const facts = await alertsOf(alert);
    expect(facts.map(({ data }) => data.aggregateVersion)).toEqual([1, 2, 3, 4]);
    expect(await alertsOf('drifting.v1/DRIFT/origin')).toEqual([]);
  });

  it('is not resolved by windows that are too small to tell, nor by what was said of one before it was corrected', async () => {
    const alert = 'small.v1/DRIFT/distance';
    const [column] = sampleOf(WindowClosed).columns;
    let told = 0;
    const tell = (hour: number, rows: number, psi: number, how: typeof WindowClosed | typeof WindowCorrected) =>
      service.publish(how, 'small.v1', {
        ...sampleOf(how),
        aggregateVersion: ++told,
        endpoint: 'small',
        major: 1,
        time: 'EVENT' as const,
        start: MAY + hour * HOUR,
        end: MAY + (hour + 1) * HOUR,
        slice: null,
        rows,
        statuses: { PREDICTED: rows },
        columns: [{ ...column!, name: 'distance', drift: { psi, psiNoise: 0.01 }, alarm: psi > 1, reason: null }],
      });
    for (const hour of [0, 1]) await tell(hour, 1_000, 2, WindowClosed);
    for (const hour of [2, 3, 4]) await tell(hour, 5, 0, WindowClosed);
    for (const hour of [5, 6]) await tell(hour, 1_000, 0, WindowClosed);
    await tell(6, 1_100, 0.3, WindowCorrected);
    for (const hour of [7, 8]) await tell(hour, 1_000, 0, WindowClosed);
    await untilAlert(alert, AlertResolved);
    const said = (await alertsOf(alert)).map(({ record, data }) => [record, (data.window as AlertWindow).start]);
    expect(said).toEqual([
      [AlertRaised.fullName, MAY + HOUR],
      [AlertResolved.fullName, MAY + 8 * HOUR],
    ]);
  });

  it.each([
    ['an alert that there is not', 'no.v1/DRIFT/x', 'note', 'UNKNOWN_ALERT'],
    ['nothing', '', '', 'UNKNOWN_ALERT'],
    ['quotes and odd characters', '\'"; DROP TABLE alerts; --é', 'note', 'UNKNOWN_ALERT'],
    ['a very long name', 'x'.repeat(10_000), 'x'.repeat(10_000), 'UNKNOWN_ALERT'],
  ])('refuses to acknowledge %s', async (_, alert, note, reasonCode) => {
    const command = await acknowledge(alert, note);
    const answer = await service.answer(Topics.alerts, command);
    expect(answer).toMatchObject({ record: AlertRefused.fullName, data: { reasonCode, commandId: command } });
  });

  it('raises an alert when the guard of a learner keeps labels away, and resolves it when that is over', async () => {
    const said = { ...sampleOf(LearnerGuardTripped), learner: 'online', endpoint: 'late', major: 1 };
    const tripped = await service.publish(LearnerGuardTripped, 'online', { ...said, trip: 'LABELS' as const });
    const raised = await service.answer(Topics.alerts, tripped);
    expect(raised).toMatchObject({ record: AlertRaised.fullName, key: 'late.v1/GUARD/online/LABELS@sent' });
    const released = await service.publish(LearnerGuardReleased, 'online', { ...said, trip: 'LABELS' as const });
    expect(await service.answer(Topics.alerts, released)).toMatchObject({ record: AlertResolved.fullName });
  });

  it('resolves what a guard has raised when its learner is stopped, and nothing of another learner', async () => {
    const said = { ...sampleOf(LearnerGuardTripped), endpoint: 'late', major: 1, trip: 'BURST' as const };
    for (const learner of ['stopping', 'stopping-not'])
      await service.answer(Topics.alerts, await service.publish(LearnerGuardTripped, learner, { ...said, learner }));
    const stopped = await service.publish(LearnerStopped, 'stopping', {
      ...sampleOf(LearnerStopped),
      learner: 'stopping',
    });
    expect(await service.answer(Topics.alerts, stopped)).toMatchObject({
      record: AlertResolved.fullName,
      key: 'late.v1/GUARD/stopping/BURST@sent',
      data: { window: { statement: expect.stringContaining('stopping was stopped') } },
    });
    expect(await service.answersTo(Topics.alerts, stopped)).toHaveLength(1);
  });

  it('is rebuilt from its own facts', async () => {
    const { tables } = await service.rebuild();
    expect(tables.find(({ table }) => table === 'alerts')).toMatchObject({ difference: null, rows: 9 });
  });

  it('buries what it cannot read and what the gateway has not signed, and goes on', async () => {
    await service.garbage(Topics.monitoringCommands);
    await service.garbage(Topics.windows);
    const unsigned = await service.command(AcknowledgeAlert, 'a', { alert: 'a', note: 'x' }, { signer: null });
    const forged = await service.command(
      AcknowledgeAlert,
      'a',
      { alert: 'a', note: 'x' },
      { signer: strangerSigner() },
    );
    const last = await acknowledge('last', 'x', randomUUID());
    await service.answer(Topics.alerts, last);
    const letters = await service.until(
      'four dead letters',
      () => service.facts(Topics.monitoringDeadLetters),
      (found) => found.length >= 4,
    );
    expect(letters.map(({ data }) => data.reasonCode).sort()).toEqual([
      'BAD_SIGNATURE',
      'BAD_SIGNATURE',
      'UNREADABLE',
      'UNREADABLE',
    ]);
    for (const id of [unsigned, forged]) expect(await service.answersTo(Topics.alerts, id)).toEqual([]);
  });
});
