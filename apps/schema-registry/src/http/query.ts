import { readVersion } from '../domain/subject-name';
import { orRefuse } from '../refused';

/** A flag in a query string: `?deleted=true`. */
export const isTrue = (flag: unknown): boolean => flag === 'true' || flag === '';

/** A version in a path; refused with 42202 when it is none. */
export function versionOf(text: string): number | 'latest' {
  const version = readVersion(text);
  return typeof version === 'object' ? orRefuse<never>(version) : version;
}
