// Jest's globalTeardown of the integration project: stops what ground.cjs started and leaves nothing behind.
const fs = require('node:fs');
const path = require('node:path');
const { removePostgresData } = require('../../infra/postgres/binaries.cjs');

module.exports = async function groundDown() {
  const ground = globalThis.millraceGround;
  if (!ground) return;
  await Promise.all(ground.running.map((server) => server.stop()));
  removePostgresData(path.join(ground.folder, 'postgres'));
  fs.rmSync(ground.folder, { recursive: true, force: true });
};
