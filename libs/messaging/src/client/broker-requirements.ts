import { spokenApis } from '../wire/spoken-apis';
import { KafkaError } from './kafka-error';

/** Every API that we encode ourselves must be offered at the one version that we speak. kafkajs itself never checks a minimum. */
export function assertVersions(offered: ReadonlyMap<number, { min: number; max: number }>): void {
  for (const { key, name, version } of spokenApis) {
    const range = offered.get(key);
    if (range !== undefined && range.min <= version && version <= range.max) continue;
    const found = range === undefined ? 'does not speak it' : `speaks ${range.min} to ${range.max}`;
    throw new KafkaError({
      code: 'KAFKA_UNSUPPORTED_VERSION',
      message: `Millrace speaks ${name} v${version}; this broker ${found}. Use Apache Kafka 4.0 to 4.3.`,
      api: name,
      kafkaCode: 35,
      retriable: false,
      context: { version, offered: range },
    });
  }
}

/** Transactions need KIP-890's epoch with every transaction. @throws KafkaError naming the command that raises the level */
export function assertTransactionVersion(finalized: ReadonlyMap<string, number>, brokers: readonly string[]): void {
  const level = finalized.get('transaction.version') ?? 0;
  if (level >= 2) return;
  throw new KafkaError({
    code: 'KAFKA_TRANSACTION_VERSION_TOO_LOW',
    message: `The broker's finalized transaction.version is ${level}, and Millrace needs 2 (KIP-890). Raise it: bin/kafka-features.sh --bootstrap-server ${brokers[0]} upgrade --feature transaction.version=2`,
    api: 'ApiVersions',
    kafkaCode: 0,
    retriable: false,
    context: { transactionVersion: level },
  });
}
