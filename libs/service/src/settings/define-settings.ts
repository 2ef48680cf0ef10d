import { AppError } from '@millrace/contracts';
import type { z } from 'zod';

/** One setting: an environment variable, what it must look like, and what people need to know about it. */
export interface Setting<T = unknown> {
  /** Applied to the text of the variable. Surrounding blanks are gone, and an empty one counts as absent. */
  readonly schema: z.ZodType<T>;
  /** Taken when the variable is absent; a setting without a default and without `optional` must be given. */
  readonly default?: T;
  /** Absent is fine: the value is then `undefined`. */
  readonly optional?: true;
  /** One sentence. */
  readonly doc: string;
  /** Of a number: ms, bytes, MiB, rows ... */
  readonly unit?: string;
  /** Never shown in a log, a document or /info. */
  readonly secret?: true;
}

export type SettingDefinitions = Readonly<Record<string, Setting>>;

type ValueOf<S> = S extends { readonly schema: z.ZodType<infer T> }
  ? S extends { readonly optional: true }
    ? T | undefined
    : T
  : never;

/** The values, under the names of the variables. */
export type SettingValues<D extends SettingDefinitions> = { readonly [K in keyof D]: ValueOf<D[K]> };

export interface Settings<D extends SettingDefinitions = SettingDefinitions> {
  readonly definitions: D;
  /** @throws AppError SETTINGS_INVALID that lists every problem, not only the first. */
  read(environment: NodeJS.ProcessEnv): SettingValues<D>;
}

/** The type of the values of `defineSettings(...)`. */
export type ValuesOf<S extends { read(environment: NodeJS.ProcessEnv): unknown }> = ReturnType<S['read']>;

/**
 * Declares settings: the only place where a service reads its environment.
 *
 *     export const registrySettings = defineSettings({
 *       MILLRACE_GATE_TIMEOUT: { schema: z.coerce.number().int().positive(), default: 30_000, unit: 'ms', doc: 'Longest dry run of an imported model.' },
 *     });
 */
export function defineSettings<const D extends SettingDefinitions>(definitions: D): Settings<D> {
  return {
    definitions,
    read: (environment) => readSettings([definitions], environment) as SettingValues<D>,
  };
}

/** Reads several groups at once, so that all problems of a process are told together. */
export function readSettings(
  groups: readonly SettingDefinitions[],
  environment: NodeJS.ProcessEnv,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, setting] of groups.flatMap((group) => Object.entries(group))) {
    const text = environment[name]?.trim();
    if (text === undefined || text === '') {
      if (setting.default !== undefined) values[name] = setting.default;
      else if (!setting.optional) problems.push(`${name} is missing: ${setting.doc}`);
      continue;
    }
    const parsed = setting.schema.safeParse(text);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(`${name} is ${setting.secret ? 'not usable' : quote(text)}: ${sentencesOf(parsed.error)}`);
  }
  if (problems.length > 0) {
    throw new AppError({
      code: 'SETTINGS_INVALID',
      message: `${problems.length === 1 ? 'A setting is' : `${problems.length} settings are`} wrong. ${problems.join(' ')}`,
      retriable: false,
      context: { problems },
    });
  }
  return values;
}

function sentencesOf(error: z.ZodError): string {
  return error.issues.map((issue) => issue.message.replace(/\.?$/, '.')).join(' ');
}

function quote(text: string): string {
  return text.length <= 60 ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, 57))}...`;
}
