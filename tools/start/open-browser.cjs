const { spawn } = require('node:child_process');

const OPENERS = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''], linux: ['xdg-open'] };

/** Opens a page in the person's browser; where there is none, nothing happens. */
function openBrowser(url) {
  const [program, ...args] = OPENERS[process.platform] ?? OPENERS.linux;
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}

module.exports = { openBrowser };
