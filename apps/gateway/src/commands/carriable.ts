import { Problem } from '../doors/problem';

/** A record has 1 MiB at most; a datum is hardly ever larger than its JSON, and some room stays for that. */
const MAX_COMMAND_BYTES = 700_000;

/**
 * Whether a command of the right shape can travel and be kept: databases keep no NUL in a text, topics no record over 1 MiB.
 * @throws Problem 400 INVALID_BODY, 413 REQUEST_TOO_LARGE
 */
export function checkCarriable(body: unknown): void {
  if (holdsNul(body)) throw new Problem(400, 'INVALID_BODY', 'A text holds the character NUL (\\u0000).');
  const bytes = Buffer.byteLength(JSON.stringify(body));
  if (bytes > MAX_COMMAND_BYTES)
    throw new Problem(
      413,
      'REQUEST_TOO_LARGE',
      `The command has ${bytes} bytes as JSON, it may have ${MAX_COMMAND_BYTES}.`,
    );
}

/** As deep as the JSON, which is bounded. */
function holdsNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0');
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, one]) => key.includes('\0') || holdsNul(one));
}
