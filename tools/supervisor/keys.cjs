// The secrets of an installation, made once: signing keys, the list of trusted public keys, API keys.
const {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
} = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { readJson, writeAtomically, writeJson } = require('./write-atomically.cjs');

const SECRET = 0o600;
/** Four eyes on one machine: real people get keys of their own. */
const APPROVERS = ['approver-1', 'approver-2'];

/**
 * Makes what is missing and leaves the rest as it is.
 *
 *   <service>.private.pem  Ed25519, PKCS8, 0600
 *   trusted-keys.json      {"installation": uuid, "keys": [{"keyId", "service", "publicKey": base64 of the SPKI DER}]}
 *   api-keys.json          {"keys": [{"actor", "keySha256": hex, "roles": []}]}, 0600
 *   cli.key                the plain API key of the local command line (role admin), 0600
 *   viewer.key             the plain API key of the page (role viewer: may only look), 0600
 *   approver-1.key, approver-2.key  plain API keys of two people who decide about releases (role approver), 0600
 *
 * @param {string} folder @param {string[]} signers names of the services that sign commands
 * @returns {{installation: string, trustedKeys: string, apiKeys: string, cliKey: string, viewerKey: string}} the id and the file names
 */
function ensureKeys(folder, signers) {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = {
    trustedKeys: path.join(folder, 'trusted-keys.json'),
    apiKeys: path.join(folder, 'api-keys.json'),
    cliKey: path.join(folder, 'cli.key'),
    viewerKey: path.join(folder, 'viewer.key'),
  };
  const keys = signers.map((service) => ({ keyId: `${service}-1`, service, publicKey: publicKeyOf(folder, service) }));
  const installation = readJson(files.trustedKeys, {}).installation ?? randomUUID();
  writeJson(files.trustedKeys, { installation, keys });
  ensureApiKey(files.apiKeys, files.cliKey, 'admin', 'admin');
  ensureApiKey(files.apiKeys, files.viewerKey, 'page', 'viewer');
  for (const actor of APPROVERS) ensureApiKey(files.apiKeys, path.join(folder, `${actor}.key`), actor, 'approver');
  return { installation, ...files };
}

function publicKeyOf(folder, service) {
  const file = path.join(folder, `${service}.private.pem`);
  if (!fs.existsSync(file)) {
    const { privateKey } = generateKeyPairSync('ed25519');
    writeAtomically(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), SECRET);
  }
  const publicKey = createPublicKey(createPrivateKey(fs.readFileSync(file)));
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

// The plain key is written first: a list that names a key which nobody has would lock the command line out.
function ensureApiKey(apiKeys, keyFile, actor, role) {
  if (!fs.existsSync(keyFile)) writeAtomically(keyFile, `mr_${randomBytes(32).toString('base64url')}\n`, SECRET);
  const keySha256 = createHash('sha256').update(fs.readFileSync(keyFile, 'utf8').trim()).digest('hex');
  const keys = readJson(apiKeys, { keys: [] }).keys;
  if (keys.some((key) => key.keySha256 === keySha256)) return;
  writeJson(apiKeys, { keys: [...keys, { actor, keySha256, roles: [role] }] }, SECRET);
}

module.exports = { ensureKeys };
