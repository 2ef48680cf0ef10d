import type { Received } from '@millrace/messaging';
import { BaseTables1700000000000, undeclaredTables } from '@millrace/persistence';
import { withTestSchema } from '@millrace/testing';
import { commands, endpoints, runs } from '../views/projections';
import { GatewayTables1764000000000 } from './migrations/1-gateway-tables';
import { ViewStore } from './view-store';

const created = (endpoint: string, aggregateVersion: number, major = 1): Received<unknown> => ({
  data: { endpoint, aggregateVersion, major, description: 'x' },
  record: 'io.millrace.registry.EndpointCreated',
  topic: 'registry.endpoints.v1',
  partition: 0,
  offset: aggregateVersion,
  timestamp: 1_000 - aggregateVersion,
  key: endpoint,
  id: `${endpoint}-${aggregateVersion}`,
  correlationId: 'c',
  causationId: `command of ${endpoint}`,
  actor: null,
  traceparent: null,
});

describe('gateway > persistence > ViewStore', () => {
  const schema = withTestSchema({ migrations: [BaseTables1700000000000, GatewayTables1764000000000] });
  const store = () => new ViewStore(schema.unitOfWork);
  const apply = (...batch: Received<unknown>[]) =>
    schema.unitOfWork.run(() => store().apply(batch, [endpoints, commands]));
  const rows = () => schema.dataSource.query('SELECT * FROM views ORDER BY kind, id');

  beforeEach(() => schema.dataSource.query('TRUNCATE views'));

  it('has no table that is not declared', async () => {
    expect(await undeclaredTables(schema.dataSource)).toEqual([]);
  });

  it('folds several facts about one thing in one batch', async () => {
    await apply(created('e', 1), created('e', 2, 2), created('f', 1));
    expect((await store().find('endpoint', 'e'))?.majors).toHaveLength(2);
    expect(await store().ids('endpoint')).toEqual(['e', 'f']);
    expect(await store().find('command', 'command of e')).toMatchObject({ status: 'DONE' });
  });

  it('gives the same rows whatever repeats and batches there were', async () => {
    const facts = [created('e', 1), created('f', 1), created('e', 2, 2), created('f', 2, 2)];
    await apply(...facts);
    const once = await rows();
    await schema.dataSource.query('TRUNCATE views');
    for (const fact of facts) await apply(fact, fact);
    await apply(...facts);
    expect(await rows()).toEqual(once);
  });

  it('loses nothing when batches of two topics change the same thing at the same time', async () => {
    const event = (record: string, data: object) => ({
      ...created('r', 1),
      record: `io.millrace.training.${record}`,
      data,
    });
    for (let round = 0; round < 20; round++) {
      const run = `run-${round}`;
      const planned = event('RunPlanned', { run, aggregateVersion: 1, model: 'm' });
      const progressed = event('JobProgressed', {
        run,
        attempt: 1,
        phase: 'search',
        done: 1,
        total: 2,
        candidate: null,
      });
      await Promise.all(
        [planned, progressed].map((fact) => schema.unitOfWork.run(() => store().apply([fact], [runs]))),
      );
      expect(await store().find('run', run)).toMatchObject({ status: 'PLANNED', progress: { phase: 'search' } });
    }
  });

  it('leaves no trace of a batch that was rolled back', async () => {
    const work = schema.unitOfWork.run(async () => {
      await store().apply([created('e', 1)], [endpoints]);
      throw new Error('after it');
    });
    await expect(work).rejects.toThrow('after it');
    expect(await rows()).toEqual([]);
  });

  it('keeps texts that look like SQL or JSON as they are', async () => {
    const odd = `'); DROP TABLE views; -- "{}\\`;
    await apply(created(odd, 1));
    expect(await store().find('endpoint', odd)).toMatchObject({ endpoint: odd });
  });
});
