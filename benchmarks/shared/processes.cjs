// CPU and memory of processes, from the kernel's own counters (Linux).
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Seconds of CPU that a process has used, user and system, all its threads; 0 when it is gone. */
function cpuSeconds(pid) {
  const fields = statOf(pid);
  return fields ? (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND : 0;
}

/** Resident memory, MB (10^6 bytes); `peak` is the largest so far. */
function memoryMb(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'latin1');
  const kib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return { resident: (kib('VmRSS') * 1_024) / 1e6, peak: (kib('VmHWM') * 1_024) / 1e6 };
}

/** A process and all that it started, depth first. @returns {{pid: number, command: string}[]} */
function familyOf(pid) {
  const children = new Map();
  for (const entry of fs.readdirSync('/proc')) {
    const parent = /^\d+$/.test(entry) ? statOf(entry)?.[1] : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const family = [];
  const visit = (one) => {
    family.push({ pid: one, command: commandOf(one) });
    for (const child of children.get(String(one)) ?? []) visit(child);
  };
  visit(pid);
  return family;
}

// /proc/<pid>/stat: pid (name) state ppid ...; the name may hold spaces and brackets, so fields count from its end.
function statOf(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function commandOf(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

module.exports = { cpuSeconds, familyOf, memoryMb };
