import {
  avroOf,
  type EndpointCreated,
  endpointFamily,
  endpointTopics,
  InfrastructureError,
  labelledRecord,
  subjectOf,
} from '@millrace/contracts';
import { MessagingEvents, parseSchema, SchemaRegistryClient } from '@millrace/messaging';
import { Injectable } from '@nestjs/common';
import { labelledSource, type SnapshotSource } from '../domain/snapshot-source';

/** The endpoints whose labelled examples data sets can be cut from, followed in memory. */
@Injectable()
export class LabelledSources {
  private readonly endpoints = new Map<string, EndpointCreated>();
  /** Until then an endpoint may be there that is not known yet. */
  private readonly ready: Promise<void>;

  constructor(
    private readonly registry: SchemaRegistryClient,
    lifecycle: MessagingEvents,
  ) {
    this.ready = new Promise((resolve) => lifecycle.on('broadcastsComplete', () => resolve()));
  }

  take(endpoint: EndpointCreated): void {
    this.endpoints.set(endpointFamily(endpoint), endpoint);
  }

  /** @param name `<endpoint>.v<major>` */
  async find(name: string): Promise<SnapshotSource> {
    await this.ready;
    const endpoint = this.endpoints.get(name);
    if (!endpoint) return { status: 'ABSENT' };
    return { status: 'LIVE', is: labelledSource(endpoint, await this.schemaIdOf(endpoint)) };
  }

  private async schemaIdOf({ endpoint, major, signature }: EndpointCreated): Promise<number> {
    const record = labelledRecord(endpoint, major, signature);
    const subject = subjectOf(endpointTopics(endpoint, major).labelled, record);
    const found = await this.registry.lookup(subject, parseSchema(JSON.stringify(avroOf(record))));
    if (found) return found.id;
    throw new InfrastructureError({
      code: 'SCHEMA_NOT_REGISTERED',
      message: `The schema registry does not have the labelled examples of ${endpoint} yet: the join registers them when it begins.`,
      context: { subject },
    });
  }
}
