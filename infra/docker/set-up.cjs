// What the supervisor does on one machine before it starts services: roles and schemas in the database, keys in a folder.
// DATABASE_URL names a role that may create roles; MILLRACE_KEYS the folder. Safe to repeat.
const { ensureKeys } = require('../../tools/supervisor/keys.cjs');
const { SERVICES } = require('../../tools/supervisor/services.cjs');
const { ensureServiceRoles } = require('../postgres/roles.cjs');

async function main() {
  const namesOf = (services) => services.map((service) => service.name);
  const keysDir = process.env.MILLRACE_KEYS;
  const { installation } = ensureKeys(keysDir, namesOf(SERVICES.filter((service) => service.signs)));
  await ensureServiceRoles({
    adminUrl: process.env.DATABASE_URL,
    services: namesOf(SERVICES.filter((service) => service.database)),
    keysDir,
    prefix: process.env.MILLRACE_PREFIX,
  });
  console.log(JSON.stringify({ level: 'info', msg: 'roles, schemas and keys are there', installation }));
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
