// Asks a broker that is not ours whether it can serve Millrace; a child process, so that a start needs no Kafka client.
// Prints one JSON line: {"transactionVersion": 2}. Settings as for the services: KAFKA_BROKERS, KAFKA_SSL, KAFKA_SASL_*.
const path = require('node:path');

async function main() {
  const { KafkaClient } = require(path.join(__dirname, '..', '..', 'libs', 'messaging'));
  const client = await KafkaClient.connect(settingsFrom(process.env), quietLogger());
  try {
    const features = await client.finalizedFeatures();
    console.log(JSON.stringify({ transactionVersion: features.get('transaction.version') ?? 0 }));
  } finally {
    await client.close();
  }
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
