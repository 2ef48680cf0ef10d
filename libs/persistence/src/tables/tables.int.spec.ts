import { silentLogger } from '@millrace/contracts';
import { eventually, withTestSchema } from '@millrace/testing';
import { isUniqueViolation } from '../database-error';
import { DatabaseListener } from '../listener';
import { Idempotency, STARTED } from './idempotency';
import { Inbox } from './inbox';
import { Outbox, type OutboxRow } from './outbox';
import { FencedError, Positions } from './positions';

const at = { topic: 'training.runs.v1', partition: 0, offset: 7 };

describe('persistence/inbox', () => {
  const schema = withTestSchema();

  it('takes an event once per consumer', async () => {
    const inbox = new Inbox(schema.unitOfWork);
    const take = (consumer: string, id: string) => schema.unitOfWork.run(() => inbox.tryInsert(consumer, id, at));
    expect(await take('registry', 'e1')).toBe(true);
    expect(await take('registry', 'e1')).toBe(false);
    expect(await take('training', 'e1')).toBe(true);
  });

  it('a rolled back event may come again', async () => {
    const inbox = new Inbox(schema.unitOfWork);
    const broken = schema.unitOfWork.run(async () => {
      await inbox.tryInsert('registry', 'e2', at);
      throw new Error('effect failed');
    });
    await expect(broken).rejects.toThrow('effect failed');
    expect(await schema.unitOfWork.run(() => inbox.tryInsert('registry', 'e2', at))).toBe(true);
  });

  it('the same event twice at once: one of ten has the effect', async () => {
    const inbox = new Inbox(schema.unitOfWork);
    const taken = await Promise.all(
      Array.from({ length: 10 }, () => schema.unitOfWork.run(() => inbox.tryInsert('registry', 'e3', at))),
    );
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  it('needs a unit of work: the effect must be in the same transaction', async () => {
    await expect(new Inbox(schema.unitOfWork).tryInsert('registry', 'e4', at)).rejects.toMatchObject({
      code: 'NO_UNIT_OF_WORK',
    });
  });

  it('forgets what lies below an offset of a partition, and nothing else', async () => {
    const inbox = new Inbox(schema.unitOfWork);
    const events = [
      { id: 'p0-3', topic: 'pruned', partition: 0, offset: 3 },
      { id: 'p0-4', topic: 'pruned', partition: 0, offset: 4 },
      { id: 'p1-2', topic: 'pruned', partition: 1, offset: 2 },
      { id: 'other', topic: 'pruned-not', partition: 0, offset: 1 },
    ];
    const take = ({ id, ...position }: (typeof events)[number]) =>
      schema.unitOfWork.run(() => inbox.tryInsert('tidy', id, position));
    for (const event of events) await take(event);
    const pruned = async () => (await inbox.oldest()).filter(({ topic }) => topic.startsWith('pruned'));
    expect(await pruned()).toEqual([
      { topic: 'pruned', partition: 0, offset: 3 },
      { topic: 'pruned', partition: 1, offset: 2 },
      { topic: 'pruned-not', partition: 0, offset: 1 },
    ]);
    expect(await inbox.prune({ topic: 'pruned', partition: 0, offset: 4 })).toBe(1);
    expect(await Promise.all(events.map(take))).toEqual([true, false, false, false]);
  });
});

describe('persistence/outbox', () => {
  const schema = withTestSchema();
  const open = () => new Outbox(schema.unitOfWork, schema.settings.schema);
  const row = (eventId: string, key: string | null = 'a', topic = 'registry.models.v1'): OutboxRow => ({
    eventId,
    topic,
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from(`value of ${eventId}`),
    headers: [],
  });
  const add = (...rows: OutboxRow[]) => schema.unitOfWork.run(() => open().add(rows));
  const claimed = async (limit = 100, except: OutboxRow[] = []) =>
    (await open().claimUnpublished(limit, except)).map((one) => one.eventId);
  const publishAll = async () => {
    const outbox = open();
    await outbox.markPublished((await outbox.claimUnpublished(10_000)).map((one) => one.id));
  };

  beforeEach(publishAll);

  it('keeps the final bytes: value, key, order and bytes of the headers', async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await add({
      eventId: 'bytes',
      topic: 't',
      key: all,
      value: all,
      headers: [
        ['ce_id', 'bytes'],
        ['twice', 'ä'],
        ['twice', all],
      ],
    });
    await add({ eventId: 'nulls', topic: 't', key: null, value: null, headers: [] });
    const [bytes, nulls] = await open().claimUnpublished(10);
    expect(bytes).toMatchObject({ eventId: 'bytes', topic: 't', key: all, value: all });
    expect(bytes.headers).toEqual([
      ['ce_id', Buffer.from('bytes')],
      ['twice', Buffer.from('ä')],
      ['twice', all],
    ]);
    expect(nulls).toMatchObject({ key: null, value: null, headers: [] });
  });

  it('gives unpublished rows oldest first, and never a published one again', async () => {
    await add(row('1'), row('2', 'b'), row('3'));
    await add(row('4', null));
    expect(await claimed()).toEqual(['1', '2', '3', '4']);
    expect(await claimed(2)).toEqual(['1', '2']);
    await open().markPublished((await open().claimUnpublished(2)).map((one) => one.id));
    expect(await claimed()).toEqual(['3', '4']);
  });

  it('leaves out stuck keys, so that others get past', async () => {
    await add(
      row('s1', 'stuck'),
      row('s2', 'free'),
      row('s3', 'stuck'),
      row('s4', null),
      row('s5', 'stuck', 'other.topic'),
    );
    expect(await claimed(100, [row('x', 'stuck')])).toEqual(['s2', 's4', 's5']);
    expect(await claimed(100, [row('x', 'stuck'), row('x', null)])).toEqual(['s2', 's5']);
  });

  it('rolls back with the work', async () => {
    const broken = schema.unitOfWork.run(async () => {
      await open().add([row('never')]);
      throw new Error('effect failed');
    });
    await expect(broken).rejects.toThrow('effect failed');
    expect(await claimed()).toEqual([]);
  });

  it('two transactions on one key: ids follow the order of commits', async () => {
    let commitFirst = () => {};
    const mayCommit = new Promise<void>((resolve) => {
      commitFirst = resolve;
    });
    let firstAdded = () => {};
    const added = new Promise<void>((resolve) => {
      firstAdded = resolve;
    });
    const ended: string[] = [];
    const first = schema.unitOfWork
      .run(async () => {
        await open().add([row('first')]);
        firstAdded();
        await mayCommit;
      })
      .then(() => ended.push('first'));
    await added;
    const second = add(row('second')).then(() => ended.push('second'));
    await add(row('other key', 'b'));
    expect(ended).toEqual([]);
    commitFirst();
    await Promise.all([first, second]);
    expect(ended).toEqual(['first', 'second']);
    expect((await claimed()).filter((id) => id !== 'other key')).toEqual(['first', 'second']);
  });

  it('a row that commits after younger ones were published is still found', async () => {
    let added = () => {};
    const isAdded = new Promise<void>((resolve) => {
      added = resolve;
    });
    let commit = () => {};
    const mayCommit = new Promise<void>((resolve) => {
      commit = resolve;
    });
    const slow = schema.unitOfWork.run(async () => {
      await open().add([row('older', 'slow')]);
      added();
      await mayCommit;
    });
    await isAdded;
    await add(row('younger', 'quick'));
    expect(await claimed()).toEqual(['younger']);
    await publishAll();
    commit();
    await slow;
    expect(await claimed()).toEqual(['older']);
  });

  it('an event id of one topic only once', async () => {
    await add(row('once'));
    await add(row('once', 'a', 'another.topic'));
    const again = add(row('once'));
    await expect(again).rejects.toMatchObject({ context: { constraint: 'outbox_event_once' } });
    await again.catch((error: unknown) => expect(isUniqueViolation(error, 'outbox_event_once')).toBe(true));
  });

  it('tells its backlog', async () => {
    expect(await open().pending()).toEqual({ rows: 0, oldestMs: 0 });
    await add(row('p1'), row('p2'));
    const backlog = await open().pending();
    expect(backlog.rows).toBe(2);
    expect(backlog.oldestMs).toBeGreaterThanOrEqual(0);
  });

  it('prunes what is published, and only that', async () => {
    await add(row('q1'), row('q2'));
    await open().markPublished([(await open().claimUnpublished(1))[0].id]);
    expect(await open().prune(3_600_000, 10)).toBe(0);
    await open().prune(0, 1_000);
    expect(await claimed()).toEqual(['q2']);
    expect(await schema.dataSource.query('SELECT count(*)::int AS rows FROM outbox')).toEqual([{ rows: 1 }]);
  });

  it('wakes a listener, at commit', async () => {
    const listener = new DatabaseListener(schema.settings, silentLogger);
    const heard: (string | null)[] = [];
    listener.listen(open().channel, (payload) => heard.push(payload));
    await eventually(() => expect(heard).toEqual([null]));
    await add(row('n1'));
    await eventually(() => expect(heard).toEqual([null, '']));
    await listener.close();
  });

  it('2,000 rows in one transaction keep their order', async () => {
    await add(...Array.from({ length: 2_000 }, (_, n) => row(`m${n}`, `k${n % 50}`)));
    expect(await claimed(5_000)).toEqual(Array.from({ length: 2_000 }, (_, n) => `m${n}`));
  });
});

describe('persistence/positions', () => {
  const schema = withTestSchema();
  const advance = (partition: number, from: number, to: number) =>
    schema.unitOfWork.run(() => new Positions(schema.unitOfWork).advance('views', 'topic', partition, from, to));

  it('starts anywhere, then moves only from where it is', async () => {
    await advance(0, 500, 510);
    await advance(0, 510, 600);
    await advance(1, 0, 3);
    expect(await new Positions(schema.unitOfWork).load('views', 'topic')).toEqual(
      new Map([
        [0, 600],
        [1, 3],
      ]),
    );
    expect(await new Positions(schema.unitOfWork).load('other', 'topic')).toEqual(new Map());
  });

  it('a zombie is fenced and its work rolls back', async () => {
    await advance(2, 0, 10);
    await schema.dataSource.query('CREATE TABLE seen (n int)');
    const zombie = schema.unitOfWork.run(async (manager) => {
      await manager.query('INSERT INTO seen VALUES (1)');
      await new Positions(schema.unitOfWork).advance('views', 'topic', 2, 0, 5);
    });
    await expect(zombie).rejects.toBeInstanceOf(FencedError);
    await expect(zombie).rejects.toMatchObject({ code: 'POSITION_FENCED', retriable: false });
    expect(await schema.dataSource.query('SELECT * FROM seen')).toEqual([]);
    expect((await new Positions(schema.unitOfWork).load('views', 'topic')).get(2)).toBe(10);
  });

  it.each([
    ['with', 3],
    ['without', 4],
  ])('two at once %s a position: one wins', async (word, partition) => {
    if (word === 'with') await advance(partition, 0, 1);
    const results = await Promise.allSettled([advance(partition, 1, 2), advance(partition, 1, 3)]);
    expect(results.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('offsets beyond 2^32 are exact', async () => {
    await advance(5, 0, Number.MAX_SAFE_INTEGER);
    expect((await new Positions(schema.unitOfWork).load('views', 'topic')).get(5)).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('persistence/idempotency', () => {
  const schema = withTestSchema();

  it('new, then the same answer, then refused for another body', async () => {
    const keys = new Idempotency(schema.unitOfWork);
    expect(await keys.begin('k1', 'hash', { offsets: [3] })).toBeNull();
    expect(await keys.begin('k1', 'hash')).toMatchObject({ status: STARTED, response: { offsets: [3] } });
    await keys.finish('k1', 'DONE', { value: [1] });
    expect(await keys.begin('k1', 'hash')).toMatchObject({ status: 'DONE', response: { value: [1] } });
    await expect(keys.begin('k1', 'other')).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('ten at once: one is new', async () => {
    const keys = new Idempotency(schema.unitOfWork);
    const answers = await Promise.all(Array.from({ length: 10 }, () => keys.begin('k2', 'hash')));
    expect(answers.filter((answer) => answer === null)).toHaveLength(1);
  });

  it('forgets old keys', async () => {
    const keys = new Idempotency(schema.unitOfWork);
    for (const key of ['call:k3', 'command:k3']) await keys.begin(key, 'hash');
    const soon = new Date(Date.now() + 60_000);
    expect(await keys.prune('call:', new Date(0))).toBe(0);
    expect(await keys.prune('call:', soon)).toBe(1);
    expect(await keys.begin('call:k3', 'another')).toBeNull();
    expect(await keys.begin('command:k3', 'hash')).not.toBeNull();
  });
});
