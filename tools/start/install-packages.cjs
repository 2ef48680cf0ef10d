// `npm ci`, but only when what is installed is not what the lock asks for.
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

/**
 * True when every package that the lock needs on any machine is installed in the locked version. npm writes what it has
 * installed to node_modules/.package-lock.json, so no stamp of ours can go stale.
 */
function packagesMatchLock(root) {
  const wanted = readPackages(path.join(root, 'package-lock.json'));
  const installed = readPackages(path.join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(([folder, { version, link, optional, devOptional }]) => {
    if (!folder.startsWith('node_modules/') || link || optional || devOptional) return true;
    return installed[folder]?.version === version;
  });
}

function readPackages(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Runs `npm ci`; rejects with npm's last lines. */
function installPackages(root) {
  // The CPU libraries of onnxruntime lie in its package; its install script would fetch hundreds of MB for GPUs.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', SCARF_ANALYTICS: 'false', DO_NOT_TRACK: '1' };
  return new Promise((resolve, reject) => {
    const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let tail = '';
    for (const stream of [npm.stdout, npm.stderr]) {
      stream.on('data', (chunk) => {
        tail = (tail + chunk).slice(-3000);
      });
    }
    npm.on('error', (error) => reject(new Error(`npm did not start: ${error.message}`)));
    npm.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`\`npm ci\` failed (exit ${code}):\n${tail.trim()}`)),
    );
  });
}

module.exports = { installPackages, packagesMatchLock };
