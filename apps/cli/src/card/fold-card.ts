import type { Received } from '@millrace/messaging';
import { RULES, type Told } from './card-rules';
import { type Lineage, lineageOf } from './lineage';
import { CARD_FIELDS, type CardField, type FilledField, type ModelCard, type Sentence } from './model-card';

/** The types of facts that a card is folded from. */
export const CARD_RECORDS = Object.values(RULES).flatMap(({ told, afterwards }) =>
  [...told, ...(afterwards ? [afterwards] : [])].map(({ record }) => record.fullName),
);

/** The card of one version: a pure function of what is on the log. @returns null when no fact speaks of it */
export function foldCard(facts: readonly Received<unknown>[], model: string, version: number): ModelCard | null {
  const lineage = lineageOf(facts, model, version);
  if (lineage.digest === null) return null;
  const fields = CARD_FIELDS.map((field) => fill(field, facts, lineage));
  return { model, version, fields };
}

function fill(field: CardField, facts: readonly Received<unknown>[], lineage: Lineage): FilledField {
  const { told, afterwards, missing } = RULES[field];
  const sentences = told.map((one) => newest(facts, one, lineage)).find(({ length }) => length > 0);
  if (!sentences) return { field, sentences: [], missing: missing(lineage) };
  const more = afterwards ? newest(facts, afterwards, lineage) : [];
  return { field, sentences: [...sentences, ...more], missing: null };
}

/** What the newest fact of a kind says about the version, each sentence with its place. */
function newest(facts: readonly Received<unknown>[], { record, isAbout, say }: Told, lineage: Lineage): Sentence[] {
  const fact = facts.findLast((one) => one.record === record.fullName && isAbout(one.data as never, lineage));
  if (!fact) return [];
  const { topic, partition, offset } = fact;
  return say(fact.data as never).map((text) => ({ text, topic, partition, offset }));
}
