import { type LiftQuarantine, silentLogger } from '@millrace/contracts';
import { type DirectEvents, MessagingEvents, type Received } from '@millrace/messaging';
import { QuarantineDesk } from './quarantine-desk';

const received = <T>(data: T, change: Partial<Received<T>> = {}) =>
  ({ data, id: 'command-1', actor: 'ann', causationId: null, ...change }) as Received<T>;
const lift = (id: string) => received<LiftQuarantine>({ digest: 'd', reason: 'mended' }, { id });

/** A desk and what it said; `failures` counts down the sayings that do not reach the broker. */
function desk(failures = 0) {
  const said: { readonly key: string; readonly data: { readonly aggregateVersion: number } }[] = [];
  const lifecycle = new MessagingEvents();
  let left = failures;
  const events = {
    publish: async (_: unknown, key: string, data: { aggregateVersion: number }) => {
      if (left-- > 0) throw new Error('the broker is away');
      said.push({ key, data });
    },
  } as unknown as DirectEvents;
  const made = new QuarantineDesk(events, lifecycle, { now: () => 1_000 }, silentLogger);
  return { desk: made, said, open: () => lifecycle.emit('broadcastsComplete', {}) };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('inference > supervision > QuarantineDesk', () => {
  it('decides about deaths only when it knows every fact, so that no version is taken twice', async () => {
    const { desk: one, said, open } = desk();
    const deaths = [1, 2, 3].map(() => one.died('d', 'SIGKILL'));
    await settle();
    expect(said).toEqual([]);
    const refused = { aggregateVersion: 4, digest: 'd' };
    one.fact('QuarantineRefused', received(refused, { causationId: 'x' }));
    open();
    await Promise.all(deaths);
    expect(said.map(({ data }) => data)).toMatchObject([{ aggregateVersion: 5, deaths: 3, lastDeath: 'SIGKILL' }]);
  });

  it('says nothing before the third death, and begins to count anew after a lift', async () => {
    const { desk: one, said, open } = desk();
    open();
    for (let death = 0; death < 3; death++) await one.died('d', 'x');
    await one.command(lift('command-1'));
    for (let death = 0; death < 2; death++) await one.died('d', 'x');
    expect(said.map(({ data }) => data.aggregateVersion)).toEqual([1, 2]);
    await one.died('d', 'x');
    expect(said.map(({ data }) => data.aggregateVersion)).toEqual([1, 2, 3]);
  });

  it('answers no command that a fact names as its cause, and none twice', async () => {
    const { desk: one, said, open } = desk();
    await one.command(lift('command-1'));
    await one.command(lift('command-2'));
    one.fact('QuarantineRefused', received({ aggregateVersion: 1, digest: 'd' }, { causationId: 'command-1' }));
    open();
    await settle();
    await one.command(lift('command-2'));
    expect(said.map(({ data }) => data)).toMatchObject([{ aggregateVersion: 2, commandId: 'command-2' }]);
  });

  it('does not give up a command that waited for the facts', async () => {
    const { desk: one, said, open } = desk(1);
    await one.command(lift('command-1'));
    open();
    for (let tries = 0; said.length === 0 && tries < 1_000; tries++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(said).toHaveLength(1);
  });
});
