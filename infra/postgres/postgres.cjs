// Runs one real PostgreSQL server from npm's binaries, on loopback, with a data folder that outlives it.
const { execFile, spawn } = require('node:child_process');
const { randomBytes } = require('node:crypto');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { freePort } = require('../local/ports.cjs');
const { stopProcess } = require('../local/processes.cjs');
const { reachablePostgres, removePostgresData } = require('./binaries.cjs');
const { clearStaleServer } = require('./stale-server.cjs');

const DATABASE = 'millrace';
const ADMIN = 'millrace_admin';

// Small on purpose: a dozen service pools of a few connections, 128 MB in all. Durability stays at its defaults.
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '120',
  shared_buffers: '64MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '512MB',
  max_worker_processes: '4',
  io_method: 'sync',
  jit: 'off',
  log_line_prefix: '%m [%p] ',
  log_timezone: 'UTC',
  timezone: 'UTC',
};

/**
 * Creates the data folder if it is new and clears what a killed server left; safe to call before every start.
 *
 * @param {{dataDir: string, port: number, passwordFile: string}} options the superuser's password is made once and
 *   kept in `passwordFile` (mode 0600)
 * @returns {Promise<{command: string, args: string[], account: {uid?: number, gid?: number}, adminUrl: string,
 *   dataDir: string}>} the server's command line for whoever wants to own the process, and the superuser's address
 */
async function preparePostgres({ dataDir, port, passwordFile }) {
  const { initdb, postgres, dataDir: folder, account } = reachablePostgres(dataDir);
  const password = keptPassword(passwordFile);
  await clearStaleServer(folder);
  if (!fs.existsSync(path.join(folder, 'PG_VERSION'))) await initialise({ initdb, folder, account, password });
  const args = [
    '-D',
    folder,
    '-p',
    String(port),
    ...Object.entries(SETTINGS).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ];
  return { command: postgres, args, account, dataDir: folder, adminUrl: adminUrl(password, port) };
}

const adminUrl = (password, port, database = DATABASE) =>
  `postgres://${ADMIN}:${password}@127.0.0.1:${port}/${database}`;

/** The superuser's address of a server that preparePostgres has prepared with the same options. */
const localAdminUrl = ({ port, passwordFile }) => adminUrl(keptPassword(passwordFile), port);

function keptPassword(file) {
  if (fs.existsSync(file)) return fs.readFileSync(file, 'utf8').trim();
  const password = randomBytes(24).toString('hex');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return password;
}

// Made beside the final folder and renamed, so that a kill in the middle leaves nothing that looks like a database.
async function initialise({ initdb, folder, account, password }) {
  const making = `${folder}.making`;
  fs.rmSync(making, { recursive: true, force: true });
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(making, { recursive: true, mode: 0o700 });
  const secret = `${making}.password`;
  fs.writeFileSync(secret, `${password}\n`, { mode: 0o600 });
  if (account.uid !== undefined) {
    fs.chownSync(making, account.uid, account.gid);
    fs.chownSync(secret, account.uid, account.gid);
  }
  const args = [`--pgdata=${making}`, `--username=${ADMIN}`, `--pwfile=${secret}`, '--auth=scram-sha-256'];
  const plain = ['--encoding=UTF8', '--no-locale', '--no-sync', '--no-instructions'];
  try {
    await new Promise((resolve, reject) => {
      execFile(initdb, [...args, ...plain], { ...account, cwd: path.parse(folder).root }, (error, _, stderr) =>
        error ? reject(new Error(`PostgreSQL could not make ${folder}: ${stderr.trim() || error.message}`)) : resolve(),
      );
    });
  } finally {
    fs.rmSync(secret, { force: true });
  }
  fs.renameSync(making, folder);
}

/** Resolves when the server accepts connections and the database `millrace` exists. */
async function waitForPostgres({ adminUrl: url, timeoutMs = 60_000, stillAlive = () => true }) {
  const port = Number(new URL(url).port);
  const deadline = Date.now() + timeoutMs;
  while (!(await acceptsConnections(port))) {
    if (!stillAlive()) throw new Error('PostgreSQL ended while starting');
    if (Date.now() >= deadline) throw new Error(`PostgreSQL was not ready on port ${port} after ${timeoutMs / 1000} s`);
    await sleep(50);
  }
  await createDatabase(url);
}

/**
 * Asks for encryption, which a server answers with one byte from its first moment: S or N.
 * SSLRequest: length i32 = 8 | code i32 = 80877103
 */
function acceptsConnections(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    const done = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => done(false));
    socket.on('error', () => done(false));
    socket.on('close', () => done(false));
    socket.on('connect', () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])));
    socket.on('data', () => done(true));
  });
}

async function createDatabase(url) {
  const { Client } = require('pg');
  const target = new URL(url);
  const name = target.pathname.slice(1);
  target.pathname = '/postgres';
  for (let attempt = 0; ; attempt++) {
    const client = new Client({ connectionString: target.href });
    try {
      await client.connect();
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
      return;
    } catch (error) {
      // 57P03: the server listens but is still starting up or recovering.
      if (error.code !== '57P03' || attempt >= 600) throw error;
      await sleep(100);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/**
 * Starts a server as a process of its own and waits until it accepts connections.
 *
 * @param {{dataDir: string, port?: number, passwordFile?: string, logFile: string, detached?: boolean}} options
 *   a free port is taken where none is given; `detached` leaves the server running when this process ends
 * @returns {Promise<{pid: number, port: number, adminUrl: string, stop: () => Promise<void>}>}
 */
async function startPostgres({ dataDir, port, passwordFile = `${dataDir}.password`, logFile, detached = false }) {
  const chosen = port ?? (await freePort());
  const { command, args, account, adminUrl: url } = await preparePostgres({ dataDir, port: chosen, passwordFile });
  fs.mkdirSync(path.dirname(logFile), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const log = fs.openSync(logFile, 'a');
    const child = spawn(command, args, {
      ...account,
      cwd: path.parse(dataDir).root,
      stdio: ['ignore', log, log],
      detached,
    });
    fs.closeSync(log);
    let exited = false;
    for (const event of ['error', 'exit']) {
      child.on(event, () => {
        exited = true;
      });
    }
    if (detached) child.unref();
    try {
      await waitForPostgres({ adminUrl: url, stillAlive: () => !exited });
      return { pid: child.pid, port: chosen, adminUrl: url, stop: () => stopProcess(child.pid, 'SIGINT', 15_000) };
    } catch (error) {
      child.kill('SIGQUIT');
      // The helpers of a killed server need a moment to notice; until then they hold its shared memory.
      if (!exited || attempt === 5) throw new Error(`${error.message}. Its log is ${logFile}.`);
      await sleep(500);
    }
  }
}

module.exports = {
  acceptsConnections,
  localAdminUrl,
  preparePostgres,
  removePostgresData,
  startPostgres,
  waitForPostgres,
};
