import {
  avroOf,
  type CreateEndpoint,
  DeadLetter,
  endpointTopics,
  outcomeSchema,
  requestSchema,
  responseSchema,
  subjectOf,
  type TopicDefinition,
  topicConfig,
} from '@millrace/contracts';
import { KafkaClient, parseSchema, type Received, SchemaRegistryClient } from '@millrace/messaging';
import { UnitOfWork, type WorkItem, WorkQueue } from '@millrace/persistence';
import { CLOCK, type Clock } from '@millrace/service';
import { Inject, Injectable } from '@nestjs/common';
import { createEndpoint, type MadeTopics, refuseEndpoint, whyNotCreate } from '../domain/create-endpoint';
import { type ModelVersion, versionOf } from '../domain/model';
import { contextOf } from '../handlers/context';
import { RegistryRepository } from '../persistence/registry.repository';

/** Makes the topics and subjects of an endpoint, then says on the log that it exists. Every step may be repeated. */
@Injectable()
export class MakeEndpoint {
  constructor(
    private readonly repository: RegistryRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly queue: WorkQueue,
    private readonly kafka: KafkaClient,
    private readonly schemas: SchemaRegistryClient,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async work(item: WorkItem): Promise<void> {
    const command = item.payload as Received<CreateEndpoint>;
    const from = await this.refuseOrFind(item, command);
    if (!from) return;
    const made = await this.makeTopics(command.data, from);
    await this.unitOfWork.run(async () => {
      const endpoint = await this.repository.endpoints.load(command.data.endpoint);
      const context = contextOf(command, endpoint, this.clock.now());
      await this.repository.endpoints.save(
        endpoint,
        createEndpoint(endpoint.state, command.data, from, made, context),
        command,
      );
      await this.queue.complete(item.id);
    });
  }

  async giveUp(item: WorkItem, error: Error): Promise<void> {
    const reason = `Its topics or schemas could not be made: ${error.message}`;
    await this.refuse(item, { reasonCode: 'ENDPOINT_NOT_MADE', reason });
  }

  private async refuseOrFind(item: WorkItem, command: Received<CreateEndpoint>): Promise<ModelVersion | null> {
    return this.unitOfWork.run(async () => {
      const endpoint = await this.repository.endpoints.load(command.data.endpoint);
      const model = await this.repository.models.load(command.data.model);
      const from = versionOf(model.state, command.data.version);
      const refusal = whyNotCreate(endpoint.state, command.data, from);
      if (!refusal) return from ?? null;
      await this.refuse(item, refusal);
      return null;
    });
  }

  private async refuse(item: WorkItem, refusal: { reasonCode: string; reason: string }): Promise<void> {
    const command = item.payload as Received<CreateEndpoint>;
    await this.unitOfWork.run(async () => {
      const endpoint = await this.repository.endpoints.load(command.data.endpoint);
      const context = contextOf(command, endpoint, this.clock.now());
      const facts = refuseEndpoint(command.data.endpoint, 'CreateEndpoint', refusal, context);
      await this.repository.endpoints.save(endpoint, facts, command);
      await this.queue.complete(item.id);
    });
  }

  private async makeTopics(command: CreateEndpoint, from: ModelVersion): Promise<MadeTopics> {
    const { endpoint, major, partitions } = command;
    const topics = endpointTopics(endpoint, major, partitions);
    const definitions: TopicDefinition[] = Object.values(topics);
    await this.kafka.admin.createTopics(
      definitions.map((topic) => ({ name: topic.name, partitions: topic.partitions, config: topicConfig(topic) })),
    );
    const request = JSON.stringify(requestSchema(endpoint, major, from.signature));
    const response = JSON.stringify(responseSchema(endpoint, major, from.signature));
    const requestSchemaId = await this.register(topics.requests, request);
    const responseSchemaId = await this.register(topics.responses, response);
    const outcomeSchemaId = await this.register(topics.outcomes, JSON.stringify(outcomeSchema(endpoint, major)));
    await this.register(topics.deadLetters, JSON.stringify(avroOf(DeadLetter)));
    return {
      requestsTopic: topics.requests.name,
      responsesTopic: topics.responses.name,
      deadLettersTopic: topics.deadLetters.name,
      outcomesTopic: topics.outcomes.name,
      requestSchemaId,
      responseSchemaId,
      outcomeSchemaId,
      requestSchema: request,
      responseSchema: response,
    };
  }

  private async register(topic: TopicDefinition, schema: string): Promise<number> {
    const subject = subjectOf(topic, { fullName: '' });
    await this.schemas.setCompatibility(subject, 'FULL_TRANSITIVE');
    return this.schemas.register(subject, parseSchema(schema));
  }
}
