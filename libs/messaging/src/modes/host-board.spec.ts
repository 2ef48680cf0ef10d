import { HostBoard, type Hosted } from './host-board';

class Toy implements Hosted {
  stopped = 0;
  constructor(
    private readonly fails: Error | null = null,
    private readonly stalled: string | null = null,
  ) {}

  async start(): Promise<void> {
    if (this.fails) throw this.fails;
  }

  async stop(): Promise<void> {
    this.stopped++;
  }

  trouble(): string | null {
    return this.stalled;
  }
}

describe('messaging > HostBoard', () => {
  it('tries again until a host starts, and says meanwhile what is wrong', async () => {
    const board = new HostBoard<Toy>(1);
    const broken = new Toy(new Error('no broker'));
    const attempts = [() => Promise.reject(new Error('not known yet')), () => broken, () => new Toy()];
    const reasons: (string | null)[] = [];
    await board.open('a', () => {
      reasons.push(board.reason());
      return attempts[reasons.length - 1]();
    });
    expect(reasons).toEqual([null, 'a: not known yet', 'a: no broker']);
    expect(board.reason()).toBeNull();
    expect(broken.stopped).toBe(1);
  });

  it('makes a host once, whoever opens it again', async () => {
    const board = new HostBoard<Toy>();
    const first = new Toy();
    await Promise.all([board.open('a', () => first), board.open('a', () => new Toy())]);
    await board.open('a', () => new Toy());
    expect(board.get('a')).toBe(first);
  });

  it('names each that is ill: what stalls before what was told', async () => {
    const board = new HostBoard<Toy>();
    await board.open('well', () => new Toy());
    await board.open('told', () => new Toy());
    await board.open('stalled', () => new Toy(null, 'lag that does not move'));
    board.trouble('told', new Error('no database'));
    board.trouble('stalled', new Error('no database'));
    board.trouble('nobody', new Error('is not open'));
    expect(board.reason()).toBe('told: no database; stalled: lag that does not move');
    board.trouble('told', null);
    expect(board.reason()).toBe('stalled: lag that does not move');
  });

  it('closes one that never came to be, and lets its name be opened again', async () => {
    const board = new HostBoard<Toy>(60_000);
    const opening = board.open('a', () => Promise.reject(new Error('not known yet')));
    await new Promise((resolve) => setImmediate(resolve));
    await board.close('a');
    await opening;
    board.trouble('a', new Error('a last word'));
    expect(board.reason()).toBeNull();
    const again = new Toy();
    await board.open('a', () => again);
    expect(board.get('a')).toBe(again);
  });

  it('never starts a host that was closed while it was made', async () => {
    const board = new HostBoard<Toy>();
    let made = (_: Toy) => {};
    const opening = board.open('a', () => new Promise<Toy>((resolve) => (made = resolve)));
    await board.close('a');
    made(new Toy(new Error('was started')));
    await opening;
    expect(board.get('a')).toBeNull();
  });

  it('stops all of them, and opens none after that', async () => {
    const board = new HostBoard<Toy>();
    const [a, b] = [new Toy(), new Toy()];
    await board.open('a', () => a);
    await board.open('b', () => b);
    await board.stop();
    await board.open('c', () => new Toy());
    expect([a.stopped, b.stopped, board.get('c')]).toEqual([1, 1, null]);
  });
});
