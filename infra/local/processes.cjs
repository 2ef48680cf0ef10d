// Processes by id: a process id alone names nobody for long, because the system uses ids again; id and start time do.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');

/**
 * When the process started, as text that only serves to be compared with an earlier answer, or null when there is no
 * such process. A zombie counts as gone: it holds no port and no file, and only its parent can remove it.
 */
function startTimeOf(pid) {
  if (process.platform === 'linux') return linuxStartTime(pid);
  try {
    const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return text === '' || text.startsWith('Z') ? null : text.slice(text.indexOf(' ')).trim();
  } catch {
    return null;
  }
}

// /proc/<pid>/stat: pid (name) state ppid ... starttime; the name may hold spaces and brackets, so count from its end.
function linuxStartTime(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : fields[19];
  } catch {
    return null;
  }
}

const isAlive = (pid) => startTimeOf(pid) !== null;

/** Command line of a process with its arguments joined by spaces, or '' when it cannot be read. */
function commandOf(pid) {
  try {
    if (process.platform === 'linux')
      return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

/** Waits until the process is gone; false when it still lives after `timeoutMs`. */
async function waitForExit(pid, timeoutMs) {
  const startTime = startTimeOf(pid);
  const deadline = Date.now() + timeoutMs;
  while (startTime !== null && startTimeOf(pid) === startTime) {
    if (Date.now() >= deadline) return false;
    await sleep(25);
  }
  return true;
}

/** Asks a process to end and kills it when the grace period has passed. */
async function stopProcess(pid, signal = 'SIGTERM', graceMs = 10_000) {
  if (!send(pid, signal) || (await waitForExit(pid, graceMs))) return;
  send(pid, 'SIGKILL');
  await waitForExit(pid, 5_000);
}

function send(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
    throw error;
  }
}

module.exports = { commandOf, isAlive, startTimeOf, stopProcess, waitForExit };
