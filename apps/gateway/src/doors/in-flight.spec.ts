import { EventEmitter } from 'node:events';
import type { Request, Response } from 'express';
import { InFlight } from './in-flight';

class Answer extends EventEmitter {
  readonly headers: Record<string, string> = {};

  setHeader(name: string, value: string): void {
    this.headers[name] = value;
  }
}

function ask(inFlight: InFlight) {
  const answer = new Answer();
  const passed: unknown[] = [];
  inFlight.middleware({} as Request, answer as unknown as Response, (error?: unknown) => passed.push(error ?? 'on'));
  return { answer, passed };
}

describe('gateway > doors > InFlight', () => {
  it('waits for every request in hand', async () => {
    const inFlight = new InFlight();
    const [one, two] = [ask(inFlight), ask(inFlight)];
    let drained = false;
    const done = inFlight.drain(60_000).then(() => {
      drained = true;
    });
    one.answer.emit('close');
    await new Promise(setImmediate);
    expect(drained).toBe(false);
    two.answer.emit('close');
    await done;
    expect(drained).toBe(true);
  });

  it('waits for nothing when nothing is in hand, and no longer than it may', async () => {
    await new InFlight().drain(60_000);
    const inFlight = new InFlight();
    ask(inFlight);
    await inFlight.drain(5);
  });

  it('sends later callers elsewhere', async () => {
    const inFlight = new InFlight();
    await inFlight.drain(1);
    const { answer, passed } = ask(inFlight);
    expect(passed).toMatchObject([{ status: 503, code: 'STOPPING' }]);
    expect(answer.headers.connection).toBe('close');
  });
});
