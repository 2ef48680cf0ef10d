import { silentLogger } from '@millrace/contracts';
import { KafkaClient, SchemaRegistryClient } from '../src';

/** What the parent test tells its child: one JSON argument. */
export interface ChildSettings {
  readonly brokers: string;
  readonly prefix: string;
  readonly registryUrl: string;
  readonly databaseUrl: string;
  readonly schema: string;
}

export const childSettings = (): ChildSettings => JSON.parse(process.argv[2] ?? '{}') as ChildSettings;

export function connect({ brokers, prefix }: ChildSettings): Promise<KafkaClient> {
  return KafkaClient.connect({ brokers: [brokers], clientId: 'crash-child', prefix }, silentLogger);
}

export const schemasOf = ({ registryUrl, prefix }: ChildSettings) =>
  new SchemaRegistryClient({ url: registryUrl, prefix });

/** Says that it is up, and stays so until it is killed. */
export function stay(): void {
  process.stdout.write('running\n');
  setInterval(() => {}, 1_000);
}
