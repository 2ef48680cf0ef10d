// Variables that are read by `npm start`, the CLI and tests, before or without a service.

const OUTSIDE_SERVICES = [
  {
    title: '`npm start`',
    definitions: {
      MILLRACE_HOME: {
        default: '.millrace',
        doc: 'Folder of everything that is kept: broker, database, artifacts, keys, logs.',
      },
      MILLRACE_KAFKA_PORT: {
        default: 9092,
        doc: 'Port of the broker; when it is taken the next free one is used and named.',
      },
      MILLRACE_KAFKA_CONTROLLER_PORT: {
        default: 9093,
        doc: "Port of the broker's controller, which only the broker itself uses; likewise.",
      },
      MILLRACE_POSTGRES_PORT: { default: 5432, doc: 'Port of PostgreSQL, likewise.' },
      MILLRACE_DATABASE_ROLE: {
        optional: true,
        doc: 'Set in a container: the role of the service that the address is made for.',
      },
    },
  },
  {
    title: 'The command `millrace`',
    definitions: {
      MILLRACE_PLATFORM: {
        optional: true,
        doc: 'The platform.json to take addresses from; by default it is looked for from the current folder upwards.',
      },
      MILLRACE_GATEWAY_URL: { optional: true, doc: 'Address of the gateway; wins over platform.json.' },
      MILLRACE_API_KEY: { optional: true, secret: true, doc: 'API key for the gateway; wins over the key file.' },
    },
  },
  {
    title: 'Tests',
    definitions: {
      MILLRACE_CRASH_AT: { optional: true, doc: 'A named crash point, or name#n: the process kills itself there.' },
      MILLRACE_TEST_GROUND: {
        optional: true,
        doc: 'JSON file with the broker and database that integration tests use instead of their own.',
      },
      MILLRACE_TEST_KAFKA: { optional: true, doc: 'Set by the test run: address of its broker.' },
      MILLRACE_TEST_KAFKA_LOG: {
        optional: true,
        doc: 'Set by the test run: folder of the segment files of its broker.',
      },
      MILLRACE_TEST_DATABASE_URL: {
        optional: true,
        secret: true,
        doc: 'Set by the test run: address of its database.',
      },
    },
  },
];

module.exports = { OUTSIDE_SERVICES };
