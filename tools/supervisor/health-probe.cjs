// Asks a service how it is. One kept-alive connection a service, no timers while nothing is asked.
const http = require('node:http');

const LARGEST_ANSWER = 64 * 1024;

/**
 * @param {string} url address of the service's /health/ready
 * @param {{agent?: http.Agent, timeoutMs?: number, pid?: number}} [options] `pid`: who must answer, where it says who it is
 * @returns {Promise<{ready: boolean, reasons: string[]}>} rejects when nobody answers within `timeoutMs`
 */
function askHealth(url, { agent, timeoutMs = 5_000, pid } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent, timeout: timeoutMs }, (response) => {
      const answers = response.headers['x-millrace-pid'];
      if (pid !== undefined && answers !== undefined && answers !== String(pid)) {
        request.destroy(new Error(`process ${answers} answers on this port`));
        return;
      }
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        body += chunk;
        if (body.length > LARGEST_ANSWER) request.destroy(new Error('the answer is too long'));
      });
      response.on('error', reject);
      response.on('end', () => resolve({ ready: response.statusCode === 200, reasons: reasonsOf(body) }));
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    request.on('error', reject);
  });
}

function reasonsOf(body) {
  try {
    const { reasons } = JSON.parse(body);
    return Array.isArray(reasons) ? reasons.map(String) : [];
  } catch {
    return [];
  }
}

/** True when a reason says that records wait and none moves: only a restart helps then. */
const isStalled = (health) => !health.ready && health.reasons.some((reason) => /\bstalled\b/.test(reason));

module.exports = { askHealth, isStalled };
