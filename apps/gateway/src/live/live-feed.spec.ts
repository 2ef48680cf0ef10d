import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { silentLogger } from '@millrace/contracts';
import { LiveFeed, MAX_VIEWERS } from './live-feed';
import type { LiveSnapshot } from './live-snapshot';

class Viewer extends EventEmitter {
  readonly chunks: string[] = [];
  status = 0;
  ended = false;
  writableLength = 0;

  writeHead(status: number): void {
    this.status = status;
  }

  write(chunk: string): void {
    this.chunks.push(chunk);
  }

  end(): void {
    this.ended = true;
  }

  get snapshots(): number {
    return this.chunks.filter((chunk) => chunk.startsWith('data: ')).length;
  }
}

const asResponse = (viewer: Viewer) => viewer as unknown as ServerResponse;

describe('gateway > live > LiveFeed', () => {
  let taken: number;
  let feed: LiveFeed;
  let trouble: Error | null;

  beforeEach(() => {
    jest.useFakeTimers();
    taken = 0;
    trouble = null;
    feed = new LiveFeed(async () => {
      taken++;
      if (trouble) throw trouble;
      return { at: taken } as LiveSnapshot;
    }, silentLogger);
  });
  afterEach(() => {
    feed.close();
    jest.useRealTimers();
  });

  const look = () => {
    const viewer = new Viewer();
    feed.add(asResponse(viewer));
    return viewer;
  };
  const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

  it('takes one snapshot a second, however many look', async () => {
    const viewers = [look(), look(), look()];
    await pass(0);
    const before = taken;
    await pass(5_000);
    expect(taken - before).toBe(5);
    expect(viewers.map((viewer) => viewer.status)).toEqual([200, 200, 200]);
    expect(viewers[2]!.snapshots).toBeGreaterThanOrEqual(5);
  });

  it('does nothing while nobody looks', async () => {
    await pass(10_000);
    expect(taken).toBe(0);
    const viewer = look();
    await pass(2_000);
    viewer.emit('close');
    const before = taken;
    await pass(10_000);
    expect(taken).toBe(before);
    expect(feed.watched).toBe(false);
    const again = look();
    await pass(1_000);
    expect(again.snapshots).toBeGreaterThan(0);
  });

  it('sends a comment while there is no snapshot, and goes on afterwards', async () => {
    trouble = new Error('broker away');
    const viewer = look();
    await pass(2_000);
    expect(viewer.snapshots).toBe(0);
    expect(viewer.chunks).toContain(': waiting for the broker\n\n');
    trouble = null;
    await pass(1_000);
    expect(viewer.snapshots).toBe(1);
  });

  it('sends nothing more to a viewer that does not read', async () => {
    const viewer = look();
    await pass(1_000);
    viewer.writableLength = 2 ** 21;
    const before = viewer.chunks.length;
    await pass(3_000);
    expect(viewer.chunks).toHaveLength(before);
  });

  it('refuses one viewer too many, and ends all streams when it is closed', () => {
    const viewers = Array.from({ length: MAX_VIEWERS }, look);
    expect(look).toThrow(/close one/);
    feed.close();
    expect(viewers.every((viewer) => viewer.ended)).toBe(true);
  });
});
