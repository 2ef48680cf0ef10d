import type { ConnectionOptions } from 'node:tls';

/** Where the broker is and who we are to it. Secrets (`sasl.password`, keys in `ssl`) are never logged. */
export interface KafkaSettings {
  /** Bootstrap addresses, `host:port`. */
  brokers: string[];
  /** The name under which the broker logs and meters this process. */
  clientId: string;
  /** Stands before every topic, group, transactional id and subject; may be empty. */
  prefix: string;
  /** How long a request may take before its socket is given up and opened anew. Milliseconds, 30,000 unless given. */
  requestTimeoutMs?: number;
  ssl?: boolean | ConnectionOptions;
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string };
}
