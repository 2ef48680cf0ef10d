import { invalidSubject, invalidVersion, type Refusal } from './refusal';

const LENGTH_MAX = 512;
/** Names that Confluent's registry gives a meaning of their own. */
const TAKEN: ReadonlySet<string> = new Set(['__GLOBAL', '__EMPTY', '*']);
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/;

/** Why a name cannot be a subject; `undefined` when it can. */
export function subjectProblem(subject: string): Refusal | undefined {
  const bad = subject === '' || subject.length > LENGTH_MAX || TAKEN.has(subject) || CONTROLS.test(subject);
  return bad ? invalidSubject(subject.slice(0, 80)) : undefined;
}

/** Reads a version in a path: `latest`, `-1` (the same), or 1 to 2^31-1. */
export function readVersion(text: string): number | 'latest' | Refusal {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === 'latest' || trimmed === '-1') return 'latest';
  const version = /^\d{1,10}$/.test(trimmed) ? Number(trimmed) : 0;
  return version >= 1 && version <= 2_147_483_647 ? version : invalidVersion(text.slice(0, 80));
}
