// Jest's globalSetup of the integration project: one real broker and one real database serve the whole run.
// Tests isolate themselves by a random MILLRACE_PREFIX and by schemas of their own, never by a broker of their own.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { startKafka } = require('../../infra/kafka/kafka.cjs');
const { startPostgres } = require('../../infra/postgres/postgres.cjs');

/**
 * Exports MILLRACE_TEST_KAFKA (host:port), MILLRACE_TEST_KAFKA_LOG (the folder of its segment files) and
 * MILLRACE_TEST_DATABASE_URL (superuser) to the tests.
 * With MILLRACE_TEST_GROUND naming a JSON file `{"brokers", "databaseUrl", "kafkaLog"}` that running pair is used instead.
 */
module.exports = async function ground() {
  const given = process.env.MILLRACE_TEST_GROUND;
  if (given) {
    const { brokers, databaseUrl, kafkaLog } = JSON.parse(fs.readFileSync(given, 'utf8'));
    return tellTests(brokers, databaseUrl, kafkaLog);
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-ground-'));
  // PostgreSQL runs as an account of its own when this process is root, and must be able to walk in.
  fs.chmodSync(folder, 0o755);
  const started = await Promise.allSettled([
    startKafka({ dataDir: path.join(folder, 'kafka'), logFile: path.join(folder, 'kafka.log') }),
    startPostgres({ dataDir: path.join(folder, 'postgres'), logFile: path.join(folder, 'postgres.log') }),
  ]);
  const running = started.filter((one) => one.status === 'fulfilled').map((one) => one.value);
  globalThis.millraceGround = { running, folder };
  const failed = started.find((one) => one.status === 'rejected');
  if (failed) {
    await Promise.all(running.map((server) => server.stop()));
    throw failed.reason;
  }
  tellTests(running[0].brokers, running[1].adminUrl, path.join(folder, 'kafka', 'log'));
};

function tellTests(brokers, databaseUrl, kafkaLog = '') {
  process.env.MILLRACE_TEST_KAFKA_LOG = kafkaLog;
  process.env.MILLRACE_TEST_KAFKA = brokers;
  process.env.MILLRACE_TEST_DATABASE_URL = databaseUrl;
}
