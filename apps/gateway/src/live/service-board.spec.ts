import { silentLogger } from '@millrace/contracts';
import { type KafkaClient, SchemaRegistryClient } from '@millrace/messaging';
import { type FakeClock, fakeClock } from '@millrace/testing';
import { ServiceBoard, SILENT_MS } from './service-board';

const status = (instance: string, ready = true, reason: string | null = null) => ({
  service: 'registry',
  instance,
  ready,
  reason,
  startedAt: 0,
  details: {},
});

function boardAt(clock: FakeClock) {
  const kafka = { partitionReader: () => ({}) } as unknown as KafkaClient;
  return new ServiceBoard(
    kafka,
    new SchemaRegistryClient({ url: 'http://localhost:1', prefix: '' }),
    clock,
    silentLogger,
  );
}

describe('gateway > live > ServiceBoard', () => {
  const registry = (board: ServiceBoard) => board.summaries().filter((one) => one.service === 'registry');

  it('shows what each living process says of itself', () => {
    const board = boardAt(fakeClock(1_000));
    board.hear(status('a'), 1_000);
    board.hear(status('b', false, 'database: away'), 1_000);
    expect(registry(board)).toEqual([
      { service: 'registry', instance: 'a', ready: true, reason: null },
      { service: 'registry', instance: 'b', ready: false, reason: 'database: away' },
    ]);
  });

  it('forgets a process that is silent, and says so when none is left', () => {
    const clock = fakeClock(0);
    const board = boardAt(clock);
    board.hear(status('old'), 0);
    clock.advance(SILENT_MS);
    board.hear(status('new'), SILENT_MS);
    clock.advance(1);
    expect(registry(board).map((one) => one.instance)).toEqual(['new']);
    clock.advance(SILENT_MS + 1);
    expect(registry(board)).toEqual([
      { service: 'registry', instance: '', ready: false, reason: 'no heartbeat for 30 s' },
    ]);
  });

  it('has a line for every service of the catalogue', () => {
    const services = boardAt(fakeClock(0))
      .summaries()
      .map((one) => one.service);
    expect(services.sort()).toEqual([
      'gateway',
      'governance',
      'inference',
      'ingestion',
      'monitoring',
      'registry',
      'training',
      'validation',
    ]);
  });
});
