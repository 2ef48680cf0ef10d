// After a SIGKILL the data folder keeps postmaster.pid, and perhaps the server itself is still there.
const fs = require('node:fs');
const path = require('node:path');
const { commandOf, isAlive, stopProcess } = require('../local/processes.cjs');

/**
 * Makes the data folder ready for a new server: an orphaned server of this very folder is stopped (its state is sound,
 * SIGINT is PostgreSQL's fast shutdown), and a lock file whose process is gone or is somebody else is removed.
 * PostgreSQL itself does the last only when no process at all has that id, which a reboot makes likely to fail.
 */
async function clearStaleServer(dataDir) {
  const lockFile = path.join(dataDir, 'postmaster.pid');
  if (!fs.existsSync(lockFile)) return;
  const pid = Number.parseInt(fs.readFileSync(lockFile, 'utf8').split('\n')[0], 10);
  if (Number.isInteger(pid) && pid > 0 && isAlive(pid) && commandOf(pid).includes(dataDir)) {
    await stopProcess(pid, 'SIGINT', 15_000);
  }
  fs.rmSync(lockFile, { force: true });
}

module.exports = { clearStaleServer };
