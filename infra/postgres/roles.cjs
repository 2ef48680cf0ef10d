// One role and one schema for each service, so that no service can read what another one stores.
const { randomBytes } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { Client, escapeIdentifier, escapeLiteral } = require('pg');

// Any number: it only has to be the same for everybody who makes roles in one database.
const LOCK = 7_210_114_097;
const CONNECTIONS_PER_SERVICE = 20;

/**
 * Makes the roles and schemas that are missing and sets the rights of all of them; safe to repeat.
 *
 * Role `millrace_<service>` with a random password that is kept in `<keysDir>/<service>.database-password` (0600), schema
 * `<service>` owned by it and first on its search path, and `<service>_rebuild`. A prefix stands before both names, because roles belong to the
 * whole server, which several installations may share.
 *
 * @param {{adminUrl: string, services: string[], keysDir: string, prefix?: string}} options `adminUrl` is a role that may
 *   create roles and schemas in the database it names
 * @returns {Promise<Record<string, string>>} service -> address with its own role
 */
async function ensureServiceRoles({ adminUrl, services, keysDir, prefix = '' }) {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    const { database, admin } = await whereAndWho(client);
    await closeToEverybody(client, database);
    const urls = {};
    for (const service of services) {
      const role = roleOf(service, prefix);
      const password = keptPassword(passwordFile(keysDir, service));
      await ensureRole(client, { role, password, admin, database, schema: schemaOf(service, prefix) });
      urls[service] = urlFor(adminUrl, role, password);
    }
    await client.query('COMMIT');
    return urls;
  } catch (error) {
    throw explained(error);
  } finally {
    await client.end();
  }
}

const plain = (prefix) => prefix.toLowerCase().replace(/[^a-z0-9]+/g, '_');
const roleOf = (service, prefix = '') => `${plain(prefix)}millrace_${service.replaceAll('-', '_')}`;
const schemaOf = (service, prefix = '') => `${plain(prefix)}${service.replaceAll('-', '_')}`;

async function whereAndWho(client) {
  const { rows } = await client.query('SELECT current_database() AS database, current_user AS admin');
  return rows[0];
}

// By default every role may connect to every database and use the schema "public".
async function closeToEverybody(client, database) {
  await client.query(`REVOKE ALL ON DATABASE ${escapeIdentifier(database)} FROM PUBLIC`);
  await client.query('REVOKE ALL ON SCHEMA public FROM PUBLIC');
}

async function ensureRole(client, { role, password, admin, database, schema }) {
  const [r, s, d] = [role, schema, database].map(escapeIdentifier);
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  const rights = `LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT ${CONNECTIONS_PER_SERVICE}`;
  await client.query(`${rowCount ? 'ALTER' : 'CREATE'} ROLE ${r} WITH ${rights} PASSWORD ${escapeLiteral(password)}`);
  // Only a member of a role may give it something to own, unless it is a superuser.
  await client.query(`GRANT ${r} TO ${escapeIdentifier(admin)}`);
  await client.query(`GRANT CONNECT ON DATABASE ${d} TO ${r}`);
  // The second one is where a rebuild makes the service's tables anew.
  for (const own of [s, escapeIdentifier(`${schema}_rebuild`)]) {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${own} AUTHORIZATION ${r}`);
    await client.query(`REVOKE ALL ON SCHEMA ${own} FROM PUBLIC`);
  }
  await client.query(`ALTER ROLE ${r} IN DATABASE ${d} SET search_path = ${s}`);
}

function keptPassword(file) {
  if (fs.existsSync(file)) return fs.readFileSync(file, 'utf8').trim();
  const password = randomBytes(24).toString('hex');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return password;
}

/**
 * Address of one service's role, which `ensureServiceRoles` has made.
 *
 * @param {{adminUrl: string, service: string, keysDir: string, prefix?: string}} options
 */
function serviceUrl({ adminUrl, service, keysDir, prefix = '' }) {
  const password = fs.readFileSync(passwordFile(keysDir, service), 'utf8').trim();
  return urlFor(adminUrl, roleOf(service, prefix), password);
}

const passwordFile = (keysDir, service) => path.join(keysDir, `${service}.database-password`);

function urlFor(adminUrl, role, password) {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = password;
  return url.href;
}

function explained(error) {
  if (error.code !== '42501') return error;
  const advice =
    'The role in DATABASE_URL must be allowed to create roles and schemas: ALTER ROLE <role> CREATEROLE; GRANT CREATE ON DATABASE <database> TO <role>.';
  return new Error(`The services' database roles could not be made: ${error.message}. ${advice}`, { cause: error });
}

module.exports = { ensureServiceRoles, roleOf, schemaOf, serviceUrl };
