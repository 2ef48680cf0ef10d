import {
  AppError,
  avroOf,
  type Clock,
  crashPoint,
  DeadLetter,
  type DecisionContext,
  type RegisterSource,
  refusalOfError,
  sourceTopics,
  subjectOf,
  type TopicDefinition,
  topicConfig,
} from '@millrace/contracts';
import { KafkaClient, parseSchema, type Received, SchemaRegistryClient } from '@millrace/messaging';
import { type StoredAggregate, UnitOfWork, type WorkItem, WorkQueue } from '@millrace/persistence';
import { CLOCK } from '@millrace/service';
import { Inject, Injectable } from '@nestjs/common';
import { describeSchema } from '../adapters/describe-schema';
import { type MadeSource, refuseSource, registerSource, whyNotRegister } from '../domain/register-source';
import type { Source, SourceFact } from '../domain/source';
import { IngestionRepository } from '../persistence/ingestion.repository';
import { contextOf } from './context';

type Decide = (source: StoredAggregate<Source>, context: DecisionContext) => SourceFact[];

/** Makes the topics and subjects of a source, then says on the log that it exists. Every step may be repeated. */
@Injectable()
export class RegisterSourceWork {
  constructor(
    private readonly repository: IngestionRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly queue: WorkQueue,
    private readonly kafka: KafkaClient,
    private readonly schemas: SchemaRegistryClient,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async work(item: WorkItem): Promise<void> {
    const { data } = item.payload as Received<RegisterSource>;
    const schema = describeSchema(data.schema);
    const before = await this.unitOfWork.run(() => this.repository.sources.load(data.source));
    const refusal = whyNotRegister(before.state, data, schema);
    if (refusal) {
      await this.answer(item, (_, context) => refuseSource(data, refusal, context));
      return;
    }
    const made = await this.make(data, parseSchema(data.schema).text);
    crashPoint('ingestion.after-topics');
    await this.answer(item, (source, context) => registerSource(source.state, data, schema, made, context));
  }

  /** The source cannot be made: whoever asked for it is told why. */
  async giveUp(item: WorkItem, error: Error): Promise<void> {
    const { data } = item.payload as Received<RegisterSource>;
    await this.answer(item, (_, context) => refuseSource(data, refusalOfError(error), context));
  }

  private async answer(item: WorkItem, decide: Decide): Promise<void> {
    const command = item.payload as Received<RegisterSource>;
    await this.unitOfWork.run(async () => {
      if (!(await this.queue.claim(item.id))) return;
      const source = await this.repository.sources.load(command.data.source);
      const facts = decide(source, contextOf(command, source, this.clock.now()));
      await this.repository.sources.save(source, facts, command);
      await this.queue.complete(item.id);
    });
  }

  private async make(command: RegisterSource, schema: string): Promise<MadeSource> {
    const topics = sourceTopics(command.source, command.partitions);
    for (const topic of Object.values<TopicDefinition>(topics)) await this.makeTopic(topic);
    const schemaId = await this.register(topics.records, schema);
    await this.register(topics.accepted, schema);
    await this.register(topics.quarantine, JSON.stringify(avroOf(DeadLetter)));
    return {
      recordsTopic: topics.records.name,
      acceptedTopic: topics.accepted.name,
      quarantineTopic: topics.quarantine.name,
      schemaId,
      schema,
    };
  }

  private async makeTopic(topic: TopicDefinition): Promise<void> {
    const { name, partitions } = topic;
    await this.kafka.admin.createTopics([{ name, partitions, config: topicConfig(topic) }]);
    const found = (await this.kafka.admin.partitionsOf(name)).length;
    if (found === partitions) return;
    throw new AppError({
      code: 'TOPIC_PARTITIONS_DIFFER',
      message: `The topic ${name} exists already with ${found} partitions, not ${partitions}: ask for ${found}, or choose another name.`,
      retriable: false,
    });
  }

  private async register(topic: TopicDefinition, schema: string): Promise<number> {
    const subject = subjectOf(topic, DeadLetter);
    await this.schemas.setCompatibility(subject, 'FULL_TRANSITIVE');
    return this.schemas.register(subject, parseSchema(schema));
  }
}
