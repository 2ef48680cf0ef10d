import { type RecordSchema, topicOf } from '@millrace/contracts';
import { type CommandSigner, signCommand } from '../envelope';
import type { IdempotentProducer } from '../modes/kafka-ports';
import type { PublishOptions } from './events';
import type { RecordEncoder } from './record-encoder';

/** How a process without a database says something: straight to the topic, acknowledged by all replicas. */
export class DirectEvents {
  constructor(
    private readonly producer: IdempotentProducer,
    private readonly encoder: RecordEncoder,
    private readonly clock: { now(): number },
    private readonly prefixed: (topic: string) => string,
  ) {}

  async publish<T>(
    record: RecordSchema<T>,
    key: string,
    data: T,
    options: PublishOptions,
  ): Promise<{ partition: number; offset: number }> {
    return this.send(record, key, data, options, () => []);
  }

  /** A command, signed in the name of an actor. Its id is the command id. */
  async command<T>(
    record: RecordSchema<T>,
    key: string,
    data: T,
    options: PublishOptions & { readonly actor: string; readonly signer: CommandSigner },
  ): Promise<{ partition: number; offset: number }> {
    return this.send(record, key, data, options, (topic, value) =>
      signCommand(options.signer, {
        topic: this.prefixed(topic),
        key,
        actor: options.actor,
        commandId: options.id,
        value,
      }),
    );
  }

  private async send<T>(
    record: RecordSchema<T>,
    key: string,
    data: T,
    options: PublishOptions,
    more: (topic: string, value: Buffer) => [string, string][],
  ): Promise<{ partition: number; offset: number }> {
    const topic = options.topic ?? topicOf(record);
    const { id, cause } = options;
    const encoded = await this.encoder.encode({ record, topic, key, data, id, cause, time: this.clock.now() });
    const headers = [...encoded.headers, ...more(encoded.topic, encoded.value)];
    const [position] = await this.producer.send(encoded.topic, [{ key: encoded.key, value: encoded.value, headers }]);
    return position!;
  }
}
