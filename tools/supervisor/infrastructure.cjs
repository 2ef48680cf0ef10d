// The broker and the database: ours as supervised processes, or somebody else's by address.
const path = require('node:path');
const kafka = require('../../infra/kafka/kafka.cjs');
const postgres = require('../../infra/postgres/postgres.cjs');

/** @returns {import('./supervised-process.cjs').ProcessPlan} */
function brokerPlan({ home, port, controllerPort, libs }) {
  return {
    name: 'kafka',
    stopSignal: 'SIGTERM',
    prepare: async () => {
      const settingsFile = await kafka.formatStorage({ dataDir: home.kafka, port, controllerPort, libs });
      return { ...kafka.kafkaCommand({ libs, settingsFile, makeArchive: true }), cwd: home.root };
    },
    probe: async () => ({ ready: await kafka.isServing(port), reasons: ['not registered with its controller yet'] }),
  };
}

/** @returns {import('./supervised-process.cjs').ProcessPlan} SIGINT is PostgreSQL's fast shutdown: no waiting for clients. */
function databasePlan({ home, port }) {
  return {
    name: 'postgres',
    stopSignal: 'SIGINT',
    prepare: async () => {
      const { command, args, account } = await postgres.preparePostgres(databaseOptions({ home, port }));
      return { command, args, ...account, cwd: path.parse(home.root).root };
    },
    probe: async () => ({ ready: await postgres.acceptsConnections(port), reasons: ['not listening yet'] }),
  };
}

/** Superuser's address of our own database, once it is ready; creates the database `millrace`. */
const localAdminUrl = (place) => postgres.localAdminUrl(databaseOptions(place));

async function localDatabaseUrl({ home, port }) {
  const url = localAdminUrl({ home, port });
  await postgres.waitForPostgres({ adminUrl: url });
  return url;
}

const databaseOptions = ({ home, port }) => ({
  dataDir: home.postgres,
  port,
  passwordFile: path.join(home.keys, 'postgres.database-password'),
});

module.exports = { brokerPlan, databasePlan, localAdminUrl, localDatabaseUrl };
