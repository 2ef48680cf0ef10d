import { AnsweredCommands } from './answered-commands';

function answered() {
  let notify: (payload: string | null) => void = () => {};
  const commands = new AnsweredCommands({
    listen: (_, onNotify) => {
      notify = onNotify;
      return () => {};
    },
  });
  return { commands, notify: (payload: string | null) => notify(payload) };
}

describe('gateway > commands > AnsweredCommands', () => {
  it('gives at once what is there', async () => {
    expect(await answered().commands.until('c', 60_000, async () => 'there')).toBe('there');
  });

  it('looks once and no more without a time to wait', async () => {
    let looks = 0;
    const look = async () => {
      looks++;
      return null;
    };
    expect(await answered().commands.until('c', 0, look)).toBeNull();
    expect(looks).toBe(1);
  });

  it.each(['c', null])('looks again when told %j', async (payload) => {
    const { commands, notify } = answered();
    let found: string | null = null;
    let looked: () => void = () => {};
    const firstLook = new Promise<void>((resolve) => {
      looked = resolve;
    });
    const waiting = commands.until('c', 60_000, async () => {
      looked();
      return found;
    });
    await firstLook;
    found = 'now';
    notify(payload);
    expect(await waiting).toBe('now');
  });

  it('misses nothing that is told while it looks', async () => {
    const { commands, notify } = answered();
    let looks = 0;
    const waiting = commands.until('c', 60_000, async () => {
      looks++;
      if (looks > 1) return 'second look';
      notify('c');
      return null;
    });
    expect(await waiting).toBe('second look');
  });

  it('gives up when the time is over, and passes on what went wrong', async () => {
    expect(await answered().commands.until('c', 20, async () => null)).toBeNull();
    await expect(answered().commands.until('c', 20, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  });
});
