import { allTopics, avroOf, type Logger, subjectOf, type TopicDefinition, topicConfig } from '@millrace/contracts';
import { type KafkaClient, parseSchema, type SchemaRegistryClient } from '@millrace/messaging';

export interface AppliedContracts {
  /** Topics that did not exist before. */
  readonly createdTopics: readonly string[];
  readonly subjects: number;
}

/**
 * Brings the broker and the schema registry to what the catalogue says: every static topic exists, every subject is
 * FULL_TRANSITIVE, every static schema is registered. Services never do this themselves. Safe to repeat; a schema that
 * breaks with what is registered already is refused by the registry and ends it.
 */
export async function applyContracts(
  kafka: Pick<KafkaClient, 'admin'>,
  schemas: SchemaRegistryClient,
  logger: Logger,
  topics: readonly TopicDefinition[] = allTopics,
): Promise<AppliedContracts> {
  const createdTopics = await kafka.admin.createTopics(
    topics.map((topic) => ({ name: topic.name, partitions: topic.partitions, config: topicConfig(topic) })),
  );
  logger.info({ topics: topics.length, created: createdTopics.length }, 'Topics exist');
  const subjects = topics.flatMap((topic) =>
    topic.records.map((record) => ({
      subject: subjectOf(topic, record),
      schema: parseSchema(JSON.stringify(avroOf(record))),
    })),
  );
  // One after the other: the registry has one writer, and its log then reads like the catalogue.
  for (const { subject, schema } of subjects) {
    await schemas.setCompatibility(subject, 'FULL_TRANSITIVE');
    const id = await schemas.register(subject, schema);
    logger.debug({ subject, id }, 'Schema registered');
  }
  logger.info({ subjects: subjects.length }, 'Schemas are registered');
  return { createdTopics, subjects: subjects.length };
}
