// The whole platform on one machine: what is started, in which order, with which addresses, and how it is stopped.
const fs = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const { checkExternalBroker } = require('./external-broker.cjs');
const { brokerPlan, databasePlan, localDatabaseUrl } = require('./infrastructure.cjs');
const { ensureKeys } = require('./keys.cjs');
const { LogFile } = require('./log-file.cjs');
const { isForTerminal, toEntry } = require('./log-lines.cjs');
const { choosePorts } = require('./port-book.cjs');
const { runToEnd } = require('./run-to-end.cjs');
const { healthUrl, servicePlan, sharedEnvironment } = require('./service-plans.cjs');
const { MILLRACE } = require('./services.cjs');
const { SupervisedProcess } = require('./supervised-process.cjs');
const { writeJson } = require('./write-atomically.cjs');

const CONTRACTS_TRIES = 5;

class Platform {
  /** @type {SupervisedProcess[][]} tiers in the order of their start; a tier stops before the one under it */
  #tiers = [];
  #logs = new Map();
  #states = {};
  #home;
  #env;
  #terminal;
  #register;
  #startedAt;
  #published;
  #stopping = false;
  #letGoPorts = async () => {};
  #cast;

  /**
   * @param {{home: object, env: NodeJS.ProcessEnv, terminal: object, register: object, cast?: typeof MILLRACE}} options
   *   `cast`: which services there are and how they are started; tests have toys play them
   */
  constructor({ home, env, terminal, register, cast = MILLRACE }) {
    this.#cast = cast;
    this.#home = home;
    this.#env = env;
    this.#terminal = terminal;
    this.#register = register;
  }

  /**
   * Starts everything and resolves when all of it is ready.
   *
   * @param {{libs?: string}} options folder of the broker's jars; not needed with KAFKA_BROKERS
   * @returns {Promise<{brokers: string, schemaRegistryUrl: string, gatewayUrl: string, health: [string, string][]}>}
   */
  async start({ libs }) {
    this.#startedAt = new Date().toISOString();
    const { ports, letGo } = await this.#choosePorts();
    this.#letGoPorts = letGo;
    const addresses = this.#addressesOf(ports);
    const keys = ensureKeys(
      this.#home.keys,
      this.#cast.services.filter((service) => service.signs).map((service) => service.name),
    );
    fs.mkdirSync(this.#env.MILLRACE_ARTIFACTS ?? this.#home.artifacts, { recursive: true });

    await letGo('kafka', 'kafkaController', 'postgres');
    const [, adminUrl] = await Promise.all([this.#startBroker(ports, libs, addresses), this.#startDatabase(ports)]);
    const env = sharedEnvironment({ home: this.#home, env: this.#env, addresses, keys });
    const databaseUrls = await this.#terminal.step('database roles and schemas', () => this.#ensureRoles(adminUrl));
    await letGo('schemaRegistry', `health.${this.#cast.schemaRegistry.name}`);
    await this.#startSchemaRegistry(env, ports);
    await this.#terminal.step('topics and schemas (contracts apply)', () => this.#applyContracts(env));
    await letGo();
    await this.#startServices(env, ports, databaseUrls, addresses, keys);
    return { ...addresses, health: this.#published.services.map(({ name, healthUrl: url }) => [name, url]) };
  }

  /** Stops everything in the reverse order of its start; safe to call in the middle of a start. */
  async stop() {
    this.#stopping = true;
    await this.#letGoPorts();
    for (const tier of [...this.#tiers].reverse()) {
      const names = tier.filter((one) => one.state !== 'STOPPED').map((one) => one.name);
      if (names.length === 0) continue;
      await this.#terminal.step(`stopping ${names.join(', ')}`, () => Promise.all(tier.map((one) => one.stop())));
    }
    fs.rmSync(this.#home.platformFile, { force: true });
    for (const log of this.#logs.values()) log.close();
  }

  /** Ends everything at once, without asking; for a second Ctrl-C and for the end of this process. */
  kill() {
    this.#stopping = true;
    for (const one of this.#tiers.flat()) one.kill();
  }

  #choosePorts() {
    const { KAFKA_BROKERS, DATABASE_URL, SCHEMA_REGISTRY_URL } = this.#env;
    const own = (name, label, port, variable) => ({
      name,
      label,
      port,
      fixed: Number(this.#env[variable]) || undefined,
    });
    const wanted = [
      ...(KAFKA_BROKERS
        ? []
        : [
            own('kafka', 'Kafka', 9092, 'MILLRACE_KAFKA_PORT'),
            own('kafkaController', "Kafka's controller", 9093, 'MILLRACE_KAFKA_CONTROLLER_PORT'),
          ]),
      ...(DATABASE_URL ? [] : [own('postgres', 'PostgreSQL', 5432, 'MILLRACE_POSTGRES_PORT')]),
      ...(SCHEMA_REGISTRY_URL
        ? []
        : [own('schemaRegistry', 'the schema registry', 8081, 'MILLRACE_SCHEMA_REGISTRY_PORT')]),
      own('gateway', 'the gateway', 8080, 'MILLRACE_GATEWAY_PORT'),
      ...[...this.#cast.services, this.#cast.schemaRegistry].map(({ name, healthPort }) =>
        own(`health.${name}`, `the health page of ${name}`, healthPort),
      ),
    ];
    return choosePorts(this.#home.portsFile, wanted, (sentence) => this.#terminal.note(sentence));
  }

  #addressesOf(ports) {
    return {
      brokers: this.#env.KAFKA_BROKERS || `127.0.0.1:${ports.kafka}`,
      schemaRegistryUrl: this.#env.SCHEMA_REGISTRY_URL || `http://127.0.0.1:${ports.schemaRegistry}`,
      gatewayUrl: `http://127.0.0.1:${ports.gateway}`,
    };
  }

  async #startBroker(ports, libs, { brokers }) {
    if (this.#env.KAFKA_BROKERS) {
      return this.#terminal.step(`broker at ${brokers}`, () =>
        checkExternalBroker(brokers, this.#env, this.#home.root),
      );
    }
    const plan = brokerPlan({ home: this.#home, port: ports.kafka, controllerPort: ports.kafkaController, libs });
    return this.#startTier('Kafka broker', [plan], 0);
  }

  async #startDatabase(ports) {
    if (this.#env.DATABASE_URL) return this.#env.DATABASE_URL;
    const place = { home: this.#home, port: ports.postgres };
    await this.#startTier('PostgreSQL', [databasePlan(place)], 0);
    return localDatabaseUrl(place);
  }

  #ensureRoles(adminUrl) {
    const { ensureServiceRoles } = require('../../infra/postgres/roles.cjs');
    const services = this.#cast.services.filter((service) => service.database).map((service) => service.name);
    return ensureServiceRoles({ adminUrl, services, keysDir: this.#home.keys, prefix: this.#env.MILLRACE_PREFIX });
  }

  async #startSchemaRegistry(env, ports) {
    if (this.#env.SCHEMA_REGISTRY_URL) return;
    const own = { ...env, MILLRACE_SCHEMA_REGISTRY_PORT: String(ports.schemaRegistry) };
    const entry = this.#cast.schemaRegistry;
    const plan = this.#planOf(entry, own, ports);
    await this.#startTier('schema registry', [plan], 1);
  }

  // A broker that has just come up may still be choosing leaders, so one failure is no reason to give up.
  async #applyContracts(env) {
    const onLine = (line, isError) => this.#onLine('contracts', line, isError);
    for (let attempt = 1; ; attempt++) {
      try {
        return await runToEnd(this.#cast.contractsCommand, { cwd: this.#home.root, env, onLine });
      } catch (error) {
        if (attempt === CONTRACTS_TRIES || this.#stopping) throw error;
        await sleep(500 * attempt);
      }
    }
  }

  async #startServices(env, ports, databaseUrls, addresses, keys) {
    const plans = this.#cast.services.map((entry) => {
      const own = {
        ...env,
        ...(databaseUrls[entry.name] && { DATABASE_URL: databaseUrls[entry.name] }),
        ...(entry.name === 'gateway' && { MILLRACE_GATEWAY_PORT: String(ports.gateway) }),
      };
      return this.#planOf(entry, own, ports);
    });
    this.#published = {
      ...addresses,
      prefix: this.#env.MILLRACE_PREFIX ?? '',
      artifacts: env.MILLRACE_ARTIFACTS,
      apiKeyFile: keys.cliKey,
      trustedKeys: keys.trustedKeys,
      services: [...(ports.schemaRegistry ? [this.#cast.schemaRegistry] : []), ...this.#cast.services].map(
        ({ name }) => ({
          name,
          healthUrl: healthUrl(ports[`health.${name}`]),
        }),
      ),
      startedAt: this.#startedAt,
    };
    this.#publish();
    await this.#startTier('services', plans, 2);
  }

  #planOf(entry, env, ports) {
    const command = this.#cast.commandOf(entry);
    return servicePlan({
      name: entry.name,
      command,
      root: this.#home.root,
      env,
      healthPort: ports[`health.${entry.name}`],
    });
  }

  /** Starts the processes of one tier together and waits until each is ready. */
  #startTier(title, plans, tier) {
    const processes = plans.map((plan) => new SupervisedProcess(plan, this.#surroundings()));
    this.#tiers[tier] ??= [];
    this.#tiers[tier].push(...processes);
    return this.#terminal.step(title, async (progress) => {
      if (this.#stopping) throw new Error('stopped');
      let ready = 0;
      for (const one of processes) one.start();
      await Promise.all(
        processes.map(async (one) => {
          await one.whenReady();
          ready++;
          if (processes.length > 1) progress(ready, processes.length, one.name);
        }),
      );
    });
  }

  #surroundings() {
    return {
      register: this.#register,
      onLine: (name, line, isError) => this.#onLine(name, line, isError),
      onState: (name, state, details) => this.#onState(name, state, details),
      now: Date.now,
      random: Math.random,
    };
  }

  #onLine(service, line, isError) {
    const entry = toEntry(line, { service, isError, now: Date.now() });
    this.#logOf(service).append(entry.json);
    if (isForTerminal(entry.level))
      this.#terminal.serviceLine(service, entry.level, entry.text, this.#home.logFile(service));
  }

  #logOf(service) {
    if (!this.#logs.has(service)) this.#logs.set(service, new LogFile(this.#home.logFile(service)));
    return this.#logs.get(service);
  }

  #onState(name, state, details) {
    this.#states[name] = { state, since: new Date().toISOString(), ...details };
    writeJson(this.#home.stateFile, { supervisor: process.pid, processes: this.#states });
    this.#publish();
    const again = `next start in ${((details.delayMs ?? 0) / 1000).toFixed(1)} s`;
    if (state === 'BACKING_OFF') this.#terminal.problem(`${name} ${details.how}; ${again}`);
    if (state === 'CRASH_LOOP') {
      this.#terminal.problem(
        `${name} keeps dying (CRASH_LOOP): ${details.how}; ${again}; read ${this.#home.logFile(name)}`,
      );
    }
    if (state === 'NOT_READY')
      this.#terminal.note(`${name} is not ready: ${details.reasons.join('; ') || 'no reason given'}`);
    if (state === 'READY' && details.restarts > 0)
      this.#terminal.note(`${name} is ready again (start ${details.restarts + 1})`);
  }

  #publish() {
    if (!this.#published || this.#stopping) return;
    for (const service of this.#published.services) service.pid = this.#states[service.name]?.pid ?? null;
    writeJson(this.#home.platformFile, this.#published);
  }
}

module.exports = { Platform };
