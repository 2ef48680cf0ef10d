import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FlightRecorder, readFlightRecorder } from './flight-recorder';

describe('inference > FlightRecorder', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'recorder-'));
  const file = path.join(folder, 'note');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('tells which model the worker was inside of, and since when', () => {
    const recorder = new FlightRecorder(file);
    recorder.enter('a'.repeat(64), 1_700_000_000_000);
    expect(readFlightRecorder(file)).toEqual({ digest: 'a'.repeat(64), enteredAt: 1_700_000_000_000 });
    recorder.leave();
    expect(readFlightRecorder(file)).toBeNull();
    recorder.close();
  });

  it('knows nothing of a worker that never wrote', () => {
    expect(readFlightRecorder(path.join(folder, 'none'))).toBeNull();
  });
});
