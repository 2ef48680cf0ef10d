import {
  DATASET_SOURCE_PATTERN,
  DERIVED,
  type DecisionContext,
  DefineExpectations,
  type Expectation,
  type FieldView,
  isDerived,
  type Refusal,
  refusal,
  refusalOf,
  stamp,
  whyMeaningless,
  whyUnusable,
} from '@millrace/contracts';
import { deriveExpectations } from './derive-expectations';
import { BUDGET } from './event-budget';
import { type DigestOf, type ExpectationFact, type ExpectationSet, inForce, nextSet } from './expectation-set';
import { someOf } from './some-of';

const MAX_EXPECTATIONS = 200;

type Fields = ReadonlyMap<string, FieldView>;

/**
 * Replaces what users demand of a source; what was derived stays beside it.
 *
 * @param fields of the source's records; null: not known, so only a verdict will tell what has no meaning there.
 */
export function defineExpectations(
  set: ExpectationSet,
  command: DefineExpectations,
  fields: Fields | null,
  digestOf: DigestOf,
  context: DecisionContext,
): ExpectationFact[] {
  const { source, label, expectations } = command;
  const why = whyNotDefine(command, fields);
  if (why)
    return [{ type: 'ExpectationsRefused', data: { ...refusalOf(context, DefineExpectations.fullName, why), source } }];
  const whole = inForce(expectations, deriveExpectations(set.observed, set.datasets));
  return [
    {
      type: 'ExpectationSetDefined',
      data: {
        ...stamp(context),
        ...nextSet(set, source, label, whole, digestOf),
        by: context.actor,
      },
    },
  ];
}

function whyNotDefine({ source, expectations }: DefineExpectations, fields: Fields | null): Refusal | null {
  if (!DATASET_SOURCE_PATTERN.test(source))
    return refusal(
      'BAD_NAME',
      `"${source}" is no source: name one, or the major of an endpoint, such as flights-late.v1.`,
    );
  if (expectations.length > MAX_EXPECTATIONS)
    return refusal('BAD_EXPECTATION', `${expectations.length} expectations are too many: at most ${MAX_EXPECTATIONS}.`);
  const bytes = Buffer.byteLength(JSON.stringify(expectations));
  if (bytes > BUDGET.defined)
    return refusal(
      'BAD_EXPECTATION',
      `The expectations are ${bytes} bytes of JSON, too many: at most ${BUDGET.defined}.`,
    );
  const ids = new Set<string>();
  for (const expectation of expectations) {
    const why = whyUnusable(expectation) ?? whyOdd(expectation, ids) ?? (fields && whyMisses(expectation, fields));
    if (why) return refusal('BAD_EXPECTATION', why);
    ids.add(expectation.id);
  }
  return null;
}

function whyOdd(expectation: Expectation, ids: ReadonlySet<string>): string | null {
  const { id, severity } = expectation;
  if (ids.has(id)) return `Two expectations have the id ${id}.`;
  if (isDerived(expectation)) return `The id ${id} begins with ${DERIVED}, which marks what validation has derived.`;
  if (severity === 'UNKNOWN') return `The expectation ${id} needs a severity: ERROR (reject) or WARNING (tell).`;
  return null;
}

/** What could hold for no row rejects every data set, so it is no demand but a mistake. */
function whyMisses(expectation: Expectation, fields: Fields): string | null {
  const { id, kind, column } = expectation;
  if (kind === 'SQL' || kind === 'ROW_COUNT') return null;
  const field = fields.get(column);
  if (field) return whyMeaningless(expectation, field.kind);
  return `The rule ${id} is about ${column}, which is no field of the source; it has ${someOf([...fields.keys()])}.`;
}
