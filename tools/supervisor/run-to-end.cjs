// Runs a command that ends by itself, such as `contracts apply`, and keeps what it said for the log and the error.
const { spawn } = require('node:child_process');
const { lineSplitter } = require('./log-lines.cjs');

/**
 * @param {string[]} command program and arguments
 * @param {{cwd: string, env: NodeJS.ProcessEnv, onLine?: (line: string, isError: boolean) => void, inherit?: boolean, signal?: AbortSignal}} options
 * @returns {Promise<void>} rejects with the last lines when the exit code is not 0
 */
function runToEnd(command, { cwd, env, onLine = () => {}, inherit = false, signal }) {
  const [program, ...args] = command;
  const last = [];
  return new Promise((resolve, reject) => {
    const stdio = inherit ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'];
    const child = spawn(program === 'node' ? process.execPath : program, args, {
      cwd,
      env,
      stdio,
      signal,
      killSignal: 'SIGTERM',
    });
    const note = (isError) => (line) => {
      last.push(line);
      if (last.length > 8) last.shift();
      onLine(line, isError);
    };
    for (const [stream, isError] of [
      [child.stdout, false],
      [child.stderr, true],
    ]) {
      if (!stream) continue;
      const lines = lineSplitter(note(isError));
      stream
        .setEncoding('utf8')
        .on('data', (text) => lines.write(text))
        .on('close', () => lines.end());
    }
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      if (code === 0) return resolve();
      const how = killedBy ? `killed by ${killedBy}` : `exit code ${code}`;
      reject(
        new Error(`\`${command.join(' ')}\` failed (${how})${last.length ? `:\n    ${last.join('\n    ')}` : ''}`),
      );
    });
  });
}

module.exports = { runToEnd };
