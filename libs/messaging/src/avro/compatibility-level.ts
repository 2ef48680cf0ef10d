import { checkCompatibility, describe } from './compatibility';
import type { AvroSchema } from './schema-model';

/**
 * What a new version of a subject must fulfil against earlier ones:
 * - BACKWARD: the new schema reads data of the last version; FORWARD: the last version reads data of the new schema
 * - FULL: both; `_TRANSITIVE`: against every earlier version; NONE: nothing
 */
export const COMPATIBILITY_LEVELS = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const;
export type CompatibilityLevel = (typeof COMPATIBILITY_LEVELS)[number];

export interface EarlierVersion {
  readonly version: number;
  readonly schema: AvroSchema;
}

/**
 * Checks a new schema against the earlier versions of its subject (oldest first), newest first, and stops at the first
 * version that it does not fit.
 *
 * @returns the differences in the words of Confluent's registry, with the version and schema they were found against;
 *   none when compatible.
 */
export function checkLevel(
  level: CompatibilityLevel,
  schema: AvroSchema,
  earlier: readonly EarlierVersion[],
): readonly string[] {
  if (level === 'NONE') return [];
  const direction = level.replace('_TRANSITIVE', '');
  const against = level.endsWith('_TRANSITIVE') ? [...earlier].reverse() : earlier.slice(-1);
  for (const old of against) {
    const messages: string[] = [];
    if (direction !== 'FORWARD') {
      messages.push(...checkCompatibility(schema, old.schema).map((found) => describe(found, 'new', 'old')));
    }
    if (direction !== 'BACKWARD') {
      messages.push(...checkCompatibility(old.schema, schema).map((found) => describe(found, 'old', 'new')));
    }
    if (messages.length > 0) {
      return [
        ...messages,
        `{oldSchemaVersion: ${old.version}}`,
        `{oldSchema: '${old.schema.text}'}`,
        `{compatibility: '${level}'}`,
      ];
    }
  }
  return [];
}

/** Reads a level in any case; `undefined` when it is none. */
export function compatibilityLevel(text: unknown): CompatibilityLevel | undefined {
  const upper = typeof text === 'string' ? text.toUpperCase() : undefined;
  return COMPATIBILITY_LEVELS.find((level) => level === upper);
}
