import { silentLogger } from '@millrace/contracts';
import { Metrics } from '@millrace/service';
import { LagHistory } from './lag-history';
import { addLagMetrics } from './lag-metrics';
import { type LagReading, ReadLag } from './read-lag';

const offsets = (...list: number[]) => new Map(list.map((offset, partition) => [partition, offset]));

/** Two topics; one group behind on both partitions of one, another that once read a topic that is gone, and two that senders keep. */
function broker() {
  const asked: string[] = [];
  const admin = {
    listTopics: async () => ['facts', 'requests'],
    listGroups: async () => {
      asked.push('groups');
      return ['demo.late.1f', 'gone', 'lanes', 'load.flights.9c'];
    },
    startOffsets: async (topic: string) => (topic === 'requests' ? offsets(5, 0) : offsets(0)),
    endOffsets: async (topic: string) => (topic === 'requests' ? offsets(105, 20) : offsets(7)),
    allCommittedOffsets: async (group: string) =>
      group === 'lanes'
        ? new Map([
            ['requests', offsets(100, 21)],
            ['facts', offsets(4)],
          ])
        : new Map([[group === 'gone' ? 'deleted' : 'requests', offsets(3)]]),
  };
  return { admin, asked };
}
const clockAt = (at: { now: number }) => ({ now: () => at.now });

describe('gateway > lag > ReadLag', () => {
  it('tells where every group is, never less than nothing behind, and nothing of topics that are gone', async () => {
    const { groups, partitions } = await new ReadLag(broker().admin, clockAt({ now: 0 })).take();
    expect(groups).toEqual([
      { group: 'lanes', topic: 'requests', partition: 0, offset: 100, lag: 5 },
      { group: 'lanes', topic: 'requests', partition: 1, offset: 21, lag: 0 },
      { group: 'lanes', topic: 'facts', partition: 0, offset: 4, lag: 3 },
    ]);
    expect(partitions).toContainEqual({ topic: 'requests', partition: 0, oldest: 5, end: 105 });
  });

  it('asks the broker once for one moment, and again after it or after a failure', async () => {
    const { admin, asked } = broker();
    const at = { now: 0 };
    const lag = new ReadLag(admin, clockAt(at));
    await Promise.all([lag.take(), lag.take()]);
    at.now = 1_999;
    await lag.take();
    expect(asked).toHaveLength(1);
    at.now = 2_000;
    await lag.take();
    expect(asked).toHaveLength(2);
    at.now = 9_000;
    admin.listTopics = () => Promise.reject(new Error('away'));
    await expect(lag.take()).rejects.toThrow('away');
    admin.listTopics = async () => ['facts'];
    await expect(lag.take()).resolves.toBeDefined();
  });
});

describe('gateway > lag > metrics', () => {
  it('have the names and labels of kafka_exporter', async () => {
    const metrics = new Metrics();
    addLagMetrics(metrics, new ReadLag(broker().admin, clockAt({ now: 0 })), silentLogger);
    const text = await metrics.text();
    for (const line of [
      'kafka_consumergroup_lag{consumergroup="lanes",topic="requests",partition="0"} 5',
      'kafka_consumergroup_lag_sum{consumergroup="lanes",topic="requests"} 5',
      'kafka_consumergroup_current_offset{consumergroup="lanes",topic="requests",partition="1"} 21',
      'kafka_consumergroup_current_offset_sum{consumergroup="lanes",topic="requests"} 121',
      'kafka_topic_partition_current_offset{topic="requests",partition="0"} 105',
      'kafka_topic_partition_oldest_offset{topic="requests",partition="0"} 5',
      'kafka_topic_partitions{topic="requests"} 2',
    ])
      expect(text).toContain(line);
  });

  it('leave the scrape whole while the broker is away', async () => {
    const metrics = new Metrics();
    metrics.gauge('millrace_level_bytes', 'Level.').set(7);
    addLagMetrics(metrics, { take: () => Promise.reject(new Error('away')) }, silentLogger);
    const text = await metrics.text();
    expect(text).toContain('millrace_level_bytes 7');
    expect(text).not.toMatch(/^kafka_\w+\{/m);
  });
});

describe('gateway > lag > LagHistory', () => {
  const reading = (...lags: number[]): LagReading => ({
    partitions: [],
    groups: lags.map((lag, i) => ({ group: `g${i % 8}`, topic: 't', partition: Math.floor(i / 8), offset: 0, lag })),
  });

  it('keeps a quarter of an hour of totals, with holes, and names who lags most', async () => {
    let answer: () => Promise<LagReading> = async () => reading(1, 2, 3, 4, 5, 6, 0, 0, 10);
    const history = new LagHistory({ take: () => answer() }, silentLogger);
    await history.sample();
    expect(history.overTime()).toEqual({
      everyMs: 10_000,
      total: [31],
      most: [11, 6, 5, 4, 3].map((lag) => ({ group: lag === 11 ? 'g0' : `g${lag - 1}`, topic: 't', lag })),
    });
    answer = () => Promise.reject(new Error('away'));
    await history.sample();
    answer = async () => reading(0);
    for (let n = 0; n < 88; n++) await history.sample();
    expect(history.overTime().total.slice(0, 3)).toEqual([31, null, 0]);
    await history.sample();
    const { total, most } = history.overTime();
    expect([total.length, total[0], most]).toEqual([90, null, []]);
  });

  it('asks for one sample at a time', async () => {
    let asked = 0;
    let answer = (_: LagReading) => {};
    const take = () => {
      asked++;
      return new Promise<LagReading>((resolve) => {
        answer = resolve;
      });
    };
    const history = new LagHistory({ take }, silentLogger);
    const samples = [history.sample(), history.sample()];
    answer(reading(4));
    await Promise.all(samples);
    expect([asked, history.overTime().total]).toEqual([1, [4]]);
    await history.stop();
  });
});
