import { silentLogger } from '@millrace/contracts';
import { ShutdownOrder } from './shutdown-order';

describe('service/shutdown-order', () => {
  it('closes the last opened first, one after the other', async () => {
    const order = new ShutdownOrder(silentLogger);
    const said: string[] = [];
    const step = (name: string) => async () => {
      said.push(`${name} begins`);
      await new Promise(setImmediate);
      said.push(`${name} ends`);
    };
    order.opened('database', step('database'));
    order.opened('intake', step('intake'));
    expect(await order.close()).toBe(true);
    expect(said).toEqual(['intake begins', 'intake ends', 'database begins', 'database ends']);
  });

  it('goes on after a step that fails or hangs, and says that it was not clean', async () => {
    const order = new ShutdownOrder(silentLogger);
    let closed = false;
    order.opened('database', () => {
      closed = true;
    });
    order.opened('producer', () => new Promise(() => undefined), 5);
    order.opened('intake', () => {
      throw new Error('no');
    });
    expect(await order.close()).toBe(false);
    expect(closed).toBe(true);
  });

  it('closes once however often it is asked', async () => {
    const order = new ShutdownOrder(silentLogger);
    let times = 0;
    order.opened('database', () => {
      times++;
    });
    await Promise.all([order.close(), order.close()]);
    expect(times).toBe(1);
  });
});
