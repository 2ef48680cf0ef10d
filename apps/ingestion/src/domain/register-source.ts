import {
  type DecisionContext,
  type Expectation,
  isAboutRecords,
  NAME_PATTERN,
  type Refusal,
  RegisterSource,
  refusal,
  refusalOf,
  type SourceRegistered,
  stamp,
  whyUnusable,
} from '@millrace/contracts';
import type { Source, SourceFact } from './source';
import type { SourceColumn, SourceSchema } from './source-schema';

const MAX_PARTITIONS = 64;
const PRIVACY_MARKS: ReadonlySet<string> = new Set(['none', 'personal', 'pii']);

/** What the worker made before the source may be said to exist. */
export type MadeSource = Pick<
  SourceRegistered,
  'recordsTopic' | 'acceptedTopic' | 'quarantineTopic' | 'schemaId' | 'schema'
>;

/** Why the source cannot be made, or null. Asked before its topics are made and again before the fact is written. */
export function whyNotRegister(source: Source, command: RegisterSource, schema: SourceSchema): Refusal | null {
  if (!NAME_PATTERN.test(command.source))
    return refusal('BAD_NAME', `"${command.source}" is not a name: use [a-z][a-z0-9-]{0,62}.`);
  if (source.status === 'LIVE')
    return refusal('SOURCE_EXISTS', `${command.source} exists already: millrace source show ${command.source}.`);
  if (command.owner.trim() === '' || command.licence.trim() === '')
    return refusal('BAD_PROVENANCE', 'A source needs an owner and a licence: data of unknown origin is not taken.');
  if (!Number.isInteger(command.partitions) || command.partitions < 1 || command.partitions > MAX_PARTITIONS)
    return refusal('BAD_PARTITIONS', `Partitions must be a whole number from 1 to ${MAX_PARTITIONS}.`);
  if ('problem' in schema) return refusal('BAD_SCHEMA', schema.problem);
  return (
    whyBadColumns(schema.columns) ??
    whyBadKey(command.keyField, schema.columns) ??
    whyBadTime(command.eventTimeField, schema.columns) ??
    whyBadPrivacy(command.privacy, schema.columns) ??
    whyBadRules(command.rules, schema.columns)
  );
}

export function registerSource(
  source: Source,
  command: RegisterSource,
  schema: SourceSchema,
  made: MadeSource,
  context: DecisionContext,
): SourceFact[] {
  const why = whyNotRegister(source, command, schema);
  if (why) return refuseSource(command, why, context);
  return [
    {
      type: 'SourceRegistered',
      data: {
        ...stamp(context),
        ...command,
        ...made,
        registeredBy: context.actor,
      },
    },
  ];
}

export function refuseSource(command: RegisterSource, why: Refusal, context: DecisionContext): SourceFact[] {
  const data = { ...refusalOf(context, RegisterSource.fullName, why), source: command.source };
  return [{ type: 'SourceRefused', data }];
}

/** Parquet readers and SQL take names for equal that differ in case only. */
function whyBadColumns(columns: readonly SourceColumn[]): Refusal | null {
  if (columns.length === 0) return refusal('BAD_SCHEMA', 'The record has no field.');
  const seen = new Map<string, string>();
  for (const { name } of columns) {
    const twin = seen.get(name.toLowerCase());
    if (twin !== undefined)
      return refusal('BAD_SCHEMA', `The fields ${twin} and ${name} differ in case only: rename one.`);
    seen.set(name.toLowerCase(), name);
  }
  return null;
}

function whyBadKey(keyField: string | null, columns: readonly SourceColumn[]): Refusal | null {
  if (keyField === null) return null;
  const column = columns.find((one) => one.name === keyField);
  if (!column) return refusal('BAD_KEY_FIELD', unknown('key field', keyField, columns));
  const isKey = (column.kind === 'text' || column.kind === 'number') && !column.nullable;
  return isKey
    ? null
    : refusal(
        'BAD_KEY_FIELD',
        `The key field ${keyField} must be a text or number that is never null; it is ${say(column)}.`,
      );
}

function whyBadTime(eventTimeField: string | null, columns: readonly SourceColumn[]): Refusal | null {
  if (eventTimeField === null) return null;
  const column = columns.find((one) => one.name === eventTimeField);
  if (!column) return refusal('BAD_EVENT_TIME_FIELD', unknown('event time field', eventTimeField, columns));
  return column.type === 'timestamp-millis' && !column.nullable
    ? null
    : refusal(
        'BAD_EVENT_TIME_FIELD',
        `The event time field ${eventTimeField} must be a long of logical type timestamp-millis that is never null; it is ${say(column)}.`,
      );
}

function whyBadPrivacy(privacy: Readonly<Record<string, string>>, columns: readonly SourceColumn[]): Refusal | null {
  for (const [field, mark] of Object.entries(privacy)) {
    if (!columns.some((column) => column.name === field))
      return refusal('BAD_PRIVACY', unknown('field with a privacy mark', field, columns));
    if (!PRIVACY_MARKS.has(mark))
      return refusal('BAD_PRIVACY', `The privacy mark of ${field} is "${mark}": use none, personal or pii.`);
    if (mark === 'pii')
      return refusal(
        'PII_UNSUPPORTED',
        `${field} is marked pii, and fields cannot be encrypted yet: leave it out or pseudonymise it before it gets here.`,
      );
  }
  return null;
}

function whyBadRules(rules: readonly Expectation[], columns: readonly SourceColumn[]): Refusal | null {
  const ids = new Set<string>();
  for (const rule of rules) {
    const why = whyUnusable(rule) ?? whyNoRule(rule) ?? whyRuleMisses(rule, columns);
    if (why) return refusal('BAD_RULE', why);
    if (ids.has(rule.id)) return refusal('BAD_RULE', `Two rules have the id ${rule.id}.`);
    ids.add(rule.id);
  }
  return null;
}

/** A single record has no mean and no share of missing values. */
function whyNoRule(rule: Expectation): string | null {
  if (isAboutRecords({ ...rule, severity: 'ERROR' })) return null;
  return `The rule ${rule.id} is about a whole data set, and records are sorted one by one: use NOT_NULL, BETWEEN, IN_SET, TYPE or a MATCHES of a simple pattern, without tolerance, and give it to millrace expectations define instead.`;
}

function whyRuleMisses(rule: Expectation, columns: readonly SourceColumn[]): string | null {
  const column = columns.find((one) => one.name === rule.column);
  if (!column) return unknown(`column of the rule ${rule.id}`, rule.column, columns);
  if (rule.severity === 'UNKNOWN')
    return `The rule ${rule.id} needs a severity: ERROR (quarantine) or WARNING (count).`;
  if (rule.kind === 'BETWEEN' && column.kind !== 'number' && column.kind !== 'time')
    return `The rule ${rule.id} bounds ${column.name}, which is ${say(column)}, not a number or time.`;
  if (rule.kind === 'IN_SET' && (column.kind === 'nested' || column.kind === 'bytes'))
    return `The rule ${rule.id} lists values for ${column.name}, which is ${say(column)} and has no single text.`;
  return null;
}

const unknown = (what: string, name: string, columns: readonly SourceColumn[]): string =>
  `The ${what}, ${name}, is no field of the schema; it has ${columns.map((column) => column.name).join(', ')}.`;

const say = ({ type, nullable }: SourceColumn): string => (nullable ? `${type} or null` : type);
