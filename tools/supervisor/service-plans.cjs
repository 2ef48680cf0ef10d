// What each service is started with: its command, its environment, and where its health is asked for.
const http = require('node:http');
const path = require('node:path');
const { askHealth } = require('./health-probe.cjs');

// Names that stay out of every service's environment: each one gets its own value, or none.
const WITHHELD = ['DATABASE_URL', 'NODE_CHANNEL_FD'];

/**
 * Environment that all services share.
 *
 * @param {{home: object, env: NodeJS.ProcessEnv, addresses: {brokers: string, schemaRegistryUrl: string}, keys: object}} options
 */
function sharedEnvironment({ home, env, addresses, keys }) {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !WITHHELD.includes(name)));
  return {
    ...kept,
    NODE_ENV: env.NODE_ENV ?? 'production',
    KAFKA_BROKERS: addresses.brokers,
    SCHEMA_REGISTRY_URL: addresses.schemaRegistryUrl,
    MILLRACE_ARTIFACTS: env.MILLRACE_ARTIFACTS ?? home.artifacts,
    MILLRACE_KEYS: home.keys,
    MILLRACE_TRUSTED_KEYS: keys.trustedKeys,
    MILLRACE_API_KEYS: keys.apiKeys,
    MILLRACE_INSTALLATION: keys.installation,
  };
}

/**
 * @param {{name: string, command: string[], root: string, env: NodeJS.ProcessEnv, healthPort: number}} options
 * @returns {import('./supervised-process.cjs').ProcessPlan}
 */
function servicePlan({ name, command, root, env, healthPort }) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const url = healthUrl(healthPort);
  const [, ...args] = command;
  return {
    name,
    ipc: true,
    prepare: async () => ({
      command: process.execPath,
      args,
      cwd: path.resolve(root),
      env: { ...env, MILLRACE_HEALTH_PORT: String(healthPort) },
    }),
    probe: (pid) => askHealth(url, { agent, pid }),
  };
}

const healthUrl = (port) => `http://127.0.0.1:${port}/health/ready`;

module.exports = { healthUrl, servicePlan, sharedEnvironment };
