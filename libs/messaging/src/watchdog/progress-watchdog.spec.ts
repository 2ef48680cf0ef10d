import { ProgressWatchdog } from './progress-watchdog';

describe('messaging > ProgressWatchdog', () => {
  let now = 0;
  const watchdog = () => {
    now = 0;
    return new ProgressWatchdog(() => now, 1_000);
  };

  it('is quiet while positions move', () => {
    const dog = watchdog();
    for (let position = 0; position < 10; position++) {
      now += 900;
      dog.observe('t', 0, position, 100);
      expect(dog.stalled()).toBeNull();
    }
  });

  it('is quiet at the end of the log however long nothing happens', () => {
    const dog = watchdog();
    dog.observe('t', 0, 5, 5);
    now = 99_999;
    expect(dog.stalled()).toBeNull();
  });

  it('names the partition that has lag and does not move', () => {
    const dog = watchdog();
    dog.observe('t', 3, 5, 9);
    now = 1_001;
    dog.observe('t', 3, 5, 12);
    expect(dog.stalled()).toContain('t/3 stands at 5 of 12');
    dog.forget('t', 3);
    expect(dog.stalled()).toBeNull();
  });

  it('gives new lag its own time', () => {
    const dog = watchdog();
    dog.observe('t', 0, 5, 5);
    now = 50_000;
    dog.observe('t', 0, 5, 6);
    expect(dog.stalled()).toBeNull();
  });
});
