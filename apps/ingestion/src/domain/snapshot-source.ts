import {
  avroOf,
  type EndpointCreated,
  endpointFamily,
  endpointTopics,
  type LabelledColumns,
  labelledColumns,
  labelledRecord,
  labelledRow,
  type SourceRegistered,
} from '@millrace/contracts';

/** How labelled examples become rows. */
export interface LabelledRows extends LabelledColumns {
  /** Avro of an example. */
  readonly schema: string;
}

/** What a data set is cut from: the accepted records of a source, or the labelled examples of an endpoint. */
export type SnapshotOf = Pick<
  SourceRegistered,
  'source' | 'acceptedTopic' | 'schemaId' | 'schema' | 'eventTimeField'
> & {
  readonly labelled?: LabelledRows;
};

export type SnapshotSource = { readonly status: 'ABSENT' } | { readonly status: 'LIVE'; readonly is: SnapshotOf };

/** @param schemaId of the labelled examples, in the schema registry */
export function labelledSource({ endpoint, major, signature }: EndpointCreated, schemaId: number): SnapshotOf {
  const columns = labelledColumns(signature);
  return {
    source: endpointFamily({ endpoint, major }),
    acceptedTopic: endpointTopics(endpoint, major).labelled.name,
    schemaId,
    schema: JSON.stringify(avroOf(labelledRow(endpoint, major, signature))),
    eventTimeField: columns.eventTime,
    labelled: { ...columns, schema: JSON.stringify(avroOf(labelledRecord(endpoint, major, signature))) },
  };
}
