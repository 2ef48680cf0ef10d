const wanted = parseCrashAt(process.env.MILLRACE_CRASH_AT);
let passings = 0;

/**
 * Names a place at which a crash test may kill the process. A no-op unless the environment holds
 * `MILLRACE_CRASH_AT=<name>` (die at the first passing) or `<name>#<n>` (die at the n-th, counted from 1).
 *
 * The process dies by SIGKILL, so that nothing is flushed, closed or rolled back: what a power cut leaves is what the test sees.
 */
export function crashPoint(name: string): void {
  if (wanted === null || wanted.name !== name) return;
  passings += 1;
  if (passings === wanted.nth) process.kill(process.pid, 'SIGKILL');
}

/** `name` or `name#n` to its parts; null where nothing (or nothing usable) is asked for. */
export function parseCrashAt(value: string | undefined): { name: string; nth: number } | null {
  if (value === undefined || value === '') return null;
  const hash = value.lastIndexOf('#');
  if (hash < 0) return { name: value, nth: 1 };
  const nth = Number(value.slice(hash + 1));
  if (!Number.isInteger(nth) || nth < 1) {
    throw new Error(
      `MILLRACE_CRASH_AT is "${value}": the part after # must be a whole number from 1. Write name or name#n.`,
    );
  }
  return { name: value.slice(0, hash), nth };
}
