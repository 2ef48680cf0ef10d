import { fakeClock } from '@millrace/testing';
import { FlowMeter } from './flow-meter';

describe('gateway > live > FlowMeter', () => {
  it('gives records a second between two looks, whatever their distance', () => {
    const clock = fakeClock(0);
    const meter = new FlowMeter(clock);
    expect(meter.flow('t', 100)).toEqual({ records: 100, rate: 0 });
    clock.advance(2_000);
    expect(meter.flow('t', 400)).toEqual({ records: 400, rate: 150 });
  });

  it('holds the rate between looks that are too close', () => {
    const clock = fakeClock(0);
    const meter = new FlowMeter(clock);
    meter.flow('t', 0);
    clock.advance(1_000);
    meter.flow('t', 50);
    clock.advance(10);
    expect(meter.flow('t', 60)).toEqual({ records: 60, rate: 50 });
    clock.advance(990);
    expect(meter.flow('t', 150).rate).toBe(100);
  });

  it('knows no rate after nobody has looked for long, and no negative one', () => {
    const clock = fakeClock(0);
    const meter = new FlowMeter(clock);
    meter.flow('t', 100);
    clock.advance(60_000);
    expect(meter.flow('t', 5_000).rate).toBe(0);
    clock.advance(1_000);
    expect(meter.flow('t', 0).rate).toBe(0);
  });
});
