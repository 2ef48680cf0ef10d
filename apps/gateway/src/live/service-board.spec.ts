import { LAST_WORD, type ServiceStatus, silentLogger } from '@millrace/contracts';
import { type KafkaClient, SchemaRegistryClient } from '@millrace/messaging';
import { type FakeClock, fakeClock } from '@millrace/testing';
import { ServiceBoard, SILENT_MS } from './service-board';

const status = (instance: string, ready = true, reason: string | null = null, more: Partial<ServiceStatus> = {}) => ({
  service: 'registry',
  instance,
  ready,
  reason,
  startedAt: 0,
  details: {},
  ...more,
});

/** A process on a host of its own name, started at some time, with its health pages on a port. */
const process = (instance: string, startedAt: number, healthPort: string, reason: string | null = null) =>
  status(instance, reason === null, reason, { startedAt, details: { healthPort } });

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

  it('forgets a process that said its last word at once, while another lives', () => {
    const board = boardAt(fakeClock(0));
    board.hear(process('host:1', 0, '8104'), 0);
    board.hear(process('host:2', 0, '8105'), 0);
    board.hear(process('host:1', 0, '8104', LAST_WORD), 0);
    expect(registry(board).map((one) => one.instance)).toEqual(['host:2']);
    board.hear(process('host:2', 0, '8105', LAST_WORD), 0);
    expect(registry(board)).toEqual([{ service: 'registry', instance: 'host:2', ready: false, reason: LAST_WORD }]);
  });

  it('forgets a process whose place was taken, without a last word, and none beside it', () => {
    const board = boardAt(fakeClock(0));
    board.hear(process('host:1', 0, '8104'), 0);
    board.hear(process('host:2', 0, '8105'), 0);
    board.hear(process('other:3', 0, '8104'), 0);
    board.hear(status('host:4'), 0);
    board.hear(process('host:9', 5, '8104'), 5);
    expect(registry(board).map((one) => one.instance)).toEqual(['host:2', 'other:3', 'host:4', 'host:9']);
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
