// Ports of this machine: which are free, and the next free one after a taken one.
const net = require('node:net');

/** A port that the system says is free now. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** True when nothing listens on the port, neither on loopback nor on all addresses. */
async function isFree(port) {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, undefined));
}

function canListen(port, host) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.on('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Keeps a port from everybody else until it is let go; whoever connects meanwhile is turned away.
 *
 * @returns {Promise<(() => Promise<void>) | null>} lets it go, for good; null when somebody has it
 */
async function holdPort(port) {
  if (!(await isFree(port))) return null;
  const server = net.createServer((caller) => caller.destroy()).unref();
  return new Promise((resolve) => {
    server.on('error', () => resolve(null));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      resolve(() => new Promise((closed) => server.close(() => closed()))),
    );
  });
}

/**
 * Holds the first free port from `wanted` upwards; looks at most 200 ports far.
 *
 * @returns {Promise<{port: number, letGo: () => Promise<void>}>}
 */
async function holdNextFreePort(wanted) {
  for (let port = wanted; port < wanted + 200 && port < 65_536; port++) {
    const letGo = await holdPort(port);
    if (letGo) return { port, letGo };
  }
  throw new Error(`No free port between ${wanted} and ${wanted + 199}.`);
}

module.exports = { freePort, holdNextFreePort };
