// Jest's globalTeardown of the integration project: stops what ground.cjs started and leaves nothing behind.
const fs = require('node:fs');

module.exports = async function groundDown() {
  const ground = globalThis.millraceGround;
  if (!ground) return;
  await Promise.all(ground.running.map((server) => server.stop()));
  fs.rmSync(ground.folder, { recursive: true, force: true });
};
