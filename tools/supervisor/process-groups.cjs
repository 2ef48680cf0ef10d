// Every child leads a process group of its own: Ctrl-C at the terminal reaches only the supervisor, which stops the
// children in order, and a child's own children can be ended with it.
const fs = require('node:fs');
const { execFileSync } = require('node:child_process');
const { startTimeOf, stopProcess } = require('../../infra/local/processes.cjs');

/** Sends a signal to a process and, where the system has groups, to all of its group. False when nobody is left. */
function signalGroup(pid, signal) {
  try {
    return process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch (error) {
    // EPERM is what macOS answers for a group of zombies.
    if (error.code === 'ESRCH' || error.code === 'EPERM') return false;
    throw error;
  }
}

/** Ends a process, gently first, and then whatever is left of its group at once. */
async function stopGroup(pid, signal, graceMs) {
  await stopProcess(pid, signal, graceMs);
  if (process.platform === 'win32') endTree(pid);
  else signalGroup(pid, 'SIGKILL');
}

function endTree(pid) {
  try {
    execFileSync('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore' });
  } catch {
    // It has ended by itself.
  }
}

/**
 * Members of the group of a leader that is gone, which run in `folder`. Linux only; elsewhere none are found.
 * The folder is asked for because a group's number can come to belong to somebody else.
 */
function orphanedMembers(leader, folder) {
  if (process.platform !== 'linux' || startTimeOf(leader) !== null) return [];
  return fs.readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid)) return [];
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
      const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
      return group === leader && fs.readlinkSync(`/proc/${pid}/cwd`) === folder ? [pid] : [];
    } catch {
      return [];
    }
  });
}

module.exports = { orphanedMembers, signalGroup, stopGroup };
