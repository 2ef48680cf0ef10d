import { Inbox, Outbox } from '@millrace/persistence';
import { withTestSchema } from '../ground';
import { digestOf, inboxOf, outboxOf, partitionLogOf } from './gather';
import type { HistoryRecord } from './history';

describe('testing/history/gather', () => {
  const schema = withTestSchema();

  it('reads outbox and inbox as the services left them', async () => {
    const { unitOfWork, settings, dataSource } = schema;
    const outbox = new Outbox(unitOfWork, settings.schema);
    const value = Buffer.from('bytes');
    await unitOfWork.run(async () => {
      await new Inbox(unitOfWork).tryInsert('registry', 'e1', { topic: 'commands', partition: 0, offset: 4 });
      await outbox.add([
        { eventId: 'o1', topic: 'facts', key: Buffer.from('k'), value, headers: [] },
        { eventId: 'o2', topic: 'facts', key: null, value: null, headers: [] },
      ]);
    });
    await outbox.markPublished([(await outbox.claimUnpublished(1))[0].id]);
    expect(await outboxOf('registry', dataSource)).toEqual({
      service: 'registry',
      rows: [
        { id: 1, eventId: 'o1', topic: 'facts', key: 'k', digest: digestOf(value), published: true },
        { id: 2, eventId: 'o2', topic: 'facts', key: null, digest: digestOf(null), published: false },
      ],
    });
    expect(await inboxOf('registry', 'commands', 0, dataSource)).toEqual(['e1']);
    expect(await inboxOf('registry', 'commands', 1, dataSource)).toEqual([]);
  });

  it('tells aborted records by the difference of two readings', () => {
    const at = (offset: number): HistoryRecord => ({
      topic: 't',
      partition: 0,
      offset,
      key: null,
      id: `${offset}`,
      type: 'X',
      digest: '',
    });
    const reading = { topic: 't', partition: 0, start: 0, end: 4 };
    expect(partitionLogOf({ ...reading, committed: [at(0), at(3)], uncommitted: [at(0), at(1), at(3)] })).toEqual({
      ...reading,
      committed: [at(0), at(3)],
      aborted: [at(1)],
    });
    expect(() => partitionLogOf({ ...reading, committed: [at(3)], uncommitted: [] })).toThrow('t/0/3');
  });
});
