import type { KafkaSettings } from '@millrace/messaging';
import { z } from 'zod';
import { defineSettings, type ValuesOf } from './define-settings';

const brokerList = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .pipe(z.array(z.string().regex(/^[^\s:/]+:\d{1,5}$/, 'Write host:port, several with commas between')).min(1));

const httpUrl = z.string().regex(/^https?:\/\/[^\s]+$/, 'Write http://host:port');
const port = z.coerce.number().int().min(0).max(65_535);

/** What the process itself needs, whatever it does. */
export const processSettings = defineSettings({
  MILLRACE_LOG_LEVEL: {
    schema: z.enum(['debug', 'info', 'warn', 'error']),
    default: 'info',
    doc: 'Least important log lines that are written.',
  },
  MILLRACE_HEALTH_PORT: {
    schema: port,
    default: 0,
    doc: 'Port of /health/live, /health/ready, /metrics and /info; 0 takes a free one and logs it.',
  },
  MILLRACE_BIND_ADDRESS: {
    schema: z.string(),
    default: '127.0.0.1',
    doc: 'Address that health pages and doors listen on; 0.0.0.0 in a container.',
  },
});

/** Where the broker is and how to enter it. */
export const kafkaSettings = defineSettings({
  KAFKA_BROKERS: { schema: brokerList, default: ['127.0.0.1:9092'], doc: 'Bootstrap brokers, host:port with commas.' },
  KAFKA_SSL: {
    schema: z.enum(['true', 'false']).transform((text) => text === 'true'),
    default: false,
    doc: 'Speak TLS to the broker; NODE_EXTRA_CA_CERTS names a private CA.',
  },
  KAFKA_SASL_MECHANISM: {
    schema: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
    optional: true,
    doc: 'Log in to the broker by SASL: plain, scram-sha-256 or scram-sha-512.',
  },
  KAFKA_SASL_USERNAME: { schema: z.string(), optional: true, doc: 'User of the SASL login.' },
  KAFKA_SASL_PASSWORD: { schema: z.string(), optional: true, secret: true, doc: 'Password of the SASL login.' },
  MILLRACE_PREFIX: {
    schema: z.string().regex(/^[A-Za-z0-9._-]{0,60}$/, 'Use letters, digits, dot, dash and underscore, at most 60'),
    default: '',
    doc: 'Stands before every topic, group, transactional id and subject: several installations share a broker.',
  },
});

export const schemaRegistrySettings = defineSettings({
  SCHEMA_REGISTRY_URL: {
    schema: httpUrl,
    default: 'http://127.0.0.1:8081',
    doc: 'Any Confluent-compatible schema registry.',
  },
  SCHEMA_REGISTRY_USERNAME: { schema: z.string(), optional: true, doc: 'User of its basic authentication.' },
  SCHEMA_REGISTRY_PASSWORD: {
    schema: z.string(),
    optional: true,
    secret: true,
    doc: 'Password of its basic authentication.',
  },
});

/** Who signs here and whom to believe. */
export const keySettings = defineSettings({
  MILLRACE_INSTALLATION: {
    schema: z.string(),
    optional: true,
    doc: 'Id of this installation; a command signed for another one is refused. The file of trusted keys has it too.',
  },
  MILLRACE_KEYS: {
    schema: z.string(),
    optional: true,
    doc: 'Folder with the private keys of the services that sign.',
  },
  MILLRACE_TRUSTED_KEYS: {
    schema: z.string(),
    optional: true,
    doc: 'File that lists whose signatures are believed (trusted-keys.json).',
  },
});

export const artifactSettings = defineSettings({
  MILLRACE_ARTIFACTS: {
    schema: z.string(),
    default: '.millrace/artifacts',
    doc: 'Folder of the artifact store, shared by all services.',
  },
});

/** Only for services that have tables. */
export const databaseSettings = defineSettings({
  DATABASE_URL: {
    schema: z.string().regex(/^postgres(ql)?:\/\/.+/, 'Write postgres://user:password@host:port/database'),
    secret: true,
    doc: "PostgreSQL, with this service's own role: postgres://user:password@host:port/database.",
  },
});

/** Everything that `bootstrapService` reads besides the service's own settings, for the documents. */
export const commonSettings = {
  process: processSettings,
  kafka: kafkaSettings,
  schemaRegistry: schemaRegistrySettings,
  keys: keySettings,
  artifacts: artifactSettings,
  database: databaseSettings,
} as const;

type KafkaValues = ValuesOf<typeof kafkaSettings>;

/** The broker settings in the shape of `KafkaClient.connect`. */
export function kafkaSettingsOf(values: KafkaValues, clientId: string): KafkaSettings {
  const { KAFKA_SASL_MECHANISM: mechanism } = values;
  return {
    brokers: [...values.KAFKA_BROKERS],
    clientId,
    prefix: values.MILLRACE_PREFIX,
    ssl: values.KAFKA_SSL,
    ...(mechanism === undefined
      ? {}
      : {
          sasl: {
            mechanism,
            username: values.KAFKA_SASL_USERNAME ?? '',
            password: values.KAFKA_SASL_PASSWORD ?? '',
          },
        }),
  };
}
