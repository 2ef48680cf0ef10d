// Asks a broker that is not ours whether it can serve Millrace: reachable, logged in, its versions, and its finalized
// transaction.version of at least 2 (KIP-890: without it a late request of an old transaction can touch the next one, and
// exactly one response per request rests on that). A process of its own, so that the supervisor carries no Kafka client.
// Exit code 0, or 1 with the sentence that says what to do. Settings as for the services: KAFKA_BROKERS, KAFKA_SSL, KAFKA_SASL_*.
const path = require('node:path');

async function main() {
  const { KafkaClient } = require(path.join(__dirname, '..', '..', 'libs', 'messaging'));
  const client = await KafkaClient.connect(settingsFrom(process.env), quietLogger());
  await client.close();
}

/** Connection settings of libs/messaging from the environment that the services get as well. */
function settingsFrom(env) {
  const mechanism = env.KAFKA_SASL_MECHANISM?.toLowerCase();
  return {
    brokers: env.KAFKA_BROKERS.split(',').map((broker) => broker.trim()),
    clientId: 'millrace-supervisor',
    prefix: env.MILLRACE_PREFIX ?? '',
    ssl: env.KAFKA_SSL === 'true',
    ...(mechanism && {
      sasl: { mechanism, username: env.KAFKA_SASL_USERNAME ?? '', password: env.KAFKA_SASL_PASSWORD ?? '' },
    }),
  };
}

function quietLogger() {
  const logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger };
  return logger;
}

if (require.main === module) {
  main().then(
    () => process.exit(0),
    (error) => {
      console.error(error.message);
      process.exit(1);
    },
  );
}

module.exports = { settingsFrom };
