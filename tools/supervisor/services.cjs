// The services that the supervisor runs, in the order of their start (ARCHITECTURE section 5). docker-compose.yml
// starts each by the same command; a test compares the two.

/**
 * @typedef {object} ServiceEntry
 * @property {string} name also the name of its folder under apps/ and of its database role
 * @property {number} heapMb largest JavaScript heap, MiB
 * @property {boolean} database it has a role and a schema of its own
 * @property {boolean} signs it signs commands or tree heads, so it gets a key pair
 * @property {number} healthPort wanted port of /health and /metrics
 */

/** @type {readonly ServiceEntry[]} */
const SERVICES = [
  { name: 'ingestion', heapMb: 256, database: true, signs: false, healthPort: 8101 },
  { name: 'validation', heapMb: 256, database: true, signs: false, healthPort: 8107 },
  { name: 'training', heapMb: 256, database: true, signs: false, healthPort: 8102 },
  { name: 'registry', heapMb: 192, database: true, signs: false, healthPort: 8103 },
  { name: 'governance', heapMb: 192, database: true, signs: true, healthPort: 8109 },
  { name: 'inference', heapMb: 192, database: false, signs: false, healthPort: 8104 },
  { name: 'monitoring', heapMb: 256, database: true, signs: false, healthPort: 8108 },
  { name: 'gateway', heapMb: 256, database: true, signs: true, healthPort: 8106 },
];

/** It stands apart: the topics' schemas must be in it before any service starts, and another may take its place. */
const SCHEMA_REGISTRY = { name: 'schema-registry', heapMb: 192, database: false, signs: false, healthPort: 8105 };

/** V8's young generation grows to three times this and is kept: at its own limit of 16 MiB a service holds 30 MB more. */
const SEMI_SPACE_MB = 4;

/** Start command of a service, from the root of the repository. */
const serviceCommand = ({ name, heapMb }) => [
  'node',
  `--max-old-space-size=${heapMb}`,
  `--max-semi-space-size=${SEMI_SPACE_MB}`,
  `apps/${name}/dist/main.js`,
];

/** Creates the static topics and registers the static schemas; idempotent; ends with exit code 0. */
const CONTRACTS_COMMAND = ['node', 'libs/service/dist/contracts-apply.js'];

/** Who takes part in the real platform, and how each is started. */
const MILLRACE = {
  services: SERVICES,
  schemaRegistry: SCHEMA_REGISTRY,
  contractsCommand: CONTRACTS_COMMAND,
  commandOf: serviceCommand,
};

module.exports = { CONTRACTS_COMMAND, MILLRACE, SCHEMA_REGISTRY, SERVICES, serviceCommand };
