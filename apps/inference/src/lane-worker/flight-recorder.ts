import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/**
 * What a lane worker was doing when it died. The worker writes one fixed-size note before and after each call of a
 * session; the note survives SIGKILL in the page cache, and the supervisor reads it only when it needs to know. A
 * message over IPC would not do: `session.run` blocks the event loop, so it could be stuck in the worker's queue.
 *
 *   byte 0..63   digest of the model, hex, ASCII; all spaces = outside of any call
 *   byte 64..79  milliseconds since 1970 at the entry, decimal, padded with spaces
 */
const DIGEST_BYTES = 64;
const NOTE_BYTES = 80;
const OUTSIDE = Buffer.alloc(NOTE_BYTES, ' ');

export class FlightRecorder {
  private readonly note = Buffer.alloc(NOTE_BYTES, ' ');
  private readonly descriptor: number;

  constructor(file: string) {
    this.descriptor = openSync(file, 'w', 0o600);
    this.leave();
  }

  enter(digest: string, now: number): void {
    this.note.write(digest, 0, DIGEST_BYTES, 'latin1');
    this.note.write(String(now).padEnd(NOTE_BYTES - DIGEST_BYTES), DIGEST_BYTES, 'latin1');
    writeSync(this.descriptor, this.note, 0, NOTE_BYTES, 0);
  }

  leave(): void {
    writeSync(this.descriptor, OUTSIDE, 0, NOTE_BYTES, 0);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** The last note of a worker; null when it was outside of any call, or never wrote one. */
export function readFlightRecorder(file: string): { readonly digest: string; readonly enteredAt: number } | null {
  let note: string;
  try {
    note = readFileSync(file, 'latin1');
  } catch {
    return null;
  }
  const digest = note.slice(0, DIGEST_BYTES).trim();
  if (digest === '') return null;
  return { digest, enteredAt: Number(note.slice(DIGEST_BYTES)) };
}
