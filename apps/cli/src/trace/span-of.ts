import { CliError, EXIT } from '../terminal/cli-error';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30m`, `24h` or `7d` in milliseconds. */
export function spanOf(text: string): number {
  const match = /^(\d+)([mhd])$/.exec(text);
  if (!match) throw new CliError(`--within takes a number with m, h or d, such as 24h; "${text}" is none.`, EXIT.usage);
  return Number(match[1]) * UNITS[match[2]!]!;
}
