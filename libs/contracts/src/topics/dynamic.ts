import { DeadLetter } from '../records/shared';
import { days, FOR_EVER, RESPONSE_MAX_BYTES, type TopicDefinition, topic } from './topic';

/** Names of sources, models, endpoints and aliases (ARCHITECTURE section 3). */
export const NAME_PATTERN = /^[a-z][a-z0-9-]{0,62}$/;

/** What data sets are cut from: a source, or the labelled examples of one major of an endpoint (`flights-late.v1`). */
export const DATASET_SOURCE_PATTERN = /^[a-z][a-z0-9-]{0,62}(?:\.v[1-9][0-9]{0,5})?$/;

/** One major of an endpoint, `flights-late.v1`: its topics' family, and where its labelled examples are a source of data sets. Sources have no dot. */
export const endpointFamily = ({ endpoint, major }: { readonly endpoint: string; readonly major: number }): string =>
  `${endpoint}.v${major}`;

/** Topics of a source. The record type is the source's own, so `records` is empty for raw and accepted. */
export function sourceTopics(source: string, partitions = 4) {
  const family = { owner: 'ingestion', key: 'as the producer chose it (keyField of the source)', partitions } as const;
  return {
    records: topic({
      ...family,
      name: `data.${source}.records.v1`,
      class: 'raw records',
      writers: ['producers'],
      readers: ['ingestion'],
      records: [],
      retentionMs: days(7),
      purpose: `Raw records of ${source}: producers write here`,
    }),
    accepted: topic({
      ...family,
      name: `data.${source}.accepted.v1`,
      class: 'accepted records',
      writers: ['ingestion'],
      readers: ['ingestion', 'producers'],
      records: [],
      retentionMs: FOR_EVER,
      purpose: `Records of ${source} that fit its schema and its owner's rules, unchanged; data sets are cut from here`,
    }),
    quarantine: topic({
      ...family,
      name: `data.${source}.quarantine.v1`,
      class: 'quarantine',
      writers: ['ingestion'],
      readers: ['ingestion', 'producers'],
      records: [DeadLetter],
      retentionMs: days(90),
      purpose: `Records of ${source} that do not fit, whole, with the reason`,
    }),
  } satisfies Record<string, TopicDefinition>;
}

/** Topics of one major of an endpoint. Requests, responses and outcomes carry the endpoint's own record types. */
export function endpointTopics(endpoint: string, major = 1, partitions = 4) {
  const family = { partitions, key: 'entity id, or none', records: [] } as const;
  return {
    requests: topic({
      ...family,
      name: `serve.${endpoint}.requests.v${major}`,
      class: 'requests',
      owner: 'inference',
      writers: ['producers', 'gateway'],
      readers: ['inference', 'ingestion', 'monitoring'],
      retentionMs: days(400),
      purpose: `Prediction requests to ${endpoint}`,
    }),
    responses: topic({
      ...family,
      name: `serve.${endpoint}.responses.v${major}`,
      class: 'responses',
      owner: 'inference',
      writers: ['inference'],
      readers: ['gateway', 'ingestion', 'monitoring', 'producers'],
      retentionMs: days(400),
      purpose: `Exactly one response per request to ${endpoint}, in the same partition and order; also the decision record`,
    }),
    deadLetters: topic({
      ...family,
      name: `serve.${endpoint}.dead-letters.v${major}`,
      class: 'dead letters',
      owner: 'inference',
      writers: ['inference'],
      readers: ['gateway', 'producers'],
      records: [DeadLetter],
      retentionMs: days(400),
      purpose: `Records on the request topic of ${endpoint} that do not decode, whole, with the reason`,
    }),
    outcomes: topic({
      ...family,
      key: 'request id',
      name: `serve.${endpoint}.outcomes.v${major}`,
      class: 'outcomes',
      owner: 'ingestion',
      writers: ['producers'],
      readers: ['ingestion'],
      retentionMs: days(400),
      purpose: `What really happened (ground truth), per request of ${endpoint}`,
    }),
    labelled: topic({
      ...family,
      key: "the request's, or its id",
      partitions: 1,
      name: `serve.${endpoint}.labelled.v${major}`,
      class: 'labelled examples',
      owner: 'ingestion',
      writers: ['ingestion'],
      readers: ['training', 'monitoring', 'producers'],
      maxRecordBytes: RESPONSE_MAX_BYTES,
      retentionMs: FOR_EVER,
      purpose: `Requests to ${endpoint} with their response and their outcome, in the order of learning`,
    }),
  } satisfies Record<string, TopicDefinition>;
}
