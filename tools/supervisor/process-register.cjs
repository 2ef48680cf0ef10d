// A file with the id and the start time of the supervisor and of every child. After a SIGKILL of the supervisor the
// next start reads it and ends the orphans; the start time tells an orphan from a stranger that got the same id.
const { startTimeOf, stopProcess } = require('../../infra/local/processes.cjs');
const { orphanedMembers, stopGroup } = require('./process-groups.cjs');
const { readJson, writeJson } = require('./write-atomically.cjs');

class ProcessRegister {
  #file;
  #entries = new Map();

  constructor(file) {
    this.#file = file;
  }

  /** @param {{signal?: string}} how the signal that asks this process to end */
  add(name, pid, { signal = 'SIGTERM' } = {}) {
    this.#entries.set(name, { name, pid, startTime: startTimeOf(pid), signal });
    this.#write();
  }

  remove(name) {
    if (this.#entries.delete(name)) this.#write();
  }

  #write() {
    writeJson(this.#file, { processes: [...this.#entries.values()] }, 0o600);
  }
}

const recorded = (file) => readJson(file, { processes: [] }).processes ?? [];
const stillRuns = ({ pid, startTime }) => startTime !== null && startTimeOf(pid) === startTime;

/** The supervisor that wrote the file, if it still runs. */
const runningSupervisor = (file) => recorded(file).find((entry) => entry.name === 'supervisor' && stillRuns(entry));

/**
 * Ends what a killed supervisor left, in the reverse order of its start, so that services go before the broker.
 *
 * @param {string} file the register of the killed supervisor
 * @param {string} folder working folder of the services
 * @returns {Promise<string[]>} names of the processes that were ended
 */
async function endOrphans(file, folder, graceMs = 8_000) {
  const ended = [];
  for (const entry of recorded(file).reverse()) {
    if (entry.name === 'supervisor') continue;
    const members = orphanedMembers(entry.pid, folder);
    if (stillRuns(entry)) await stopGroup(entry.pid, entry.signal, graceMs);
    else if (members.length > 0) await Promise.all(members.map((pid) => stopProcess(pid, 'SIGTERM', graceMs)));
    else continue;
    ended.push(entry.name);
  }
  return ended;
}

module.exports = { ProcessRegister, endOrphans, runningSupervisor };
