const path = require('node:path');
const { runToEnd } = require('./run-to-end.cjs');

const PATIENCE_MS = 60_000;

/**
 * Rejects, with a sentence that says what to do, when Millrace cannot use this broker: see check-broker.cjs.
 *
 * @param {string} brokers host:port list @param {NodeJS.ProcessEnv} env with the KAFKA_* settings @param {string} root
 */
async function checkExternalBroker(brokers, env, root) {
  let sentence = `it did not answer within ${PATIENCE_MS / 1000} s`;
  const onLine = (line, isError) => {
    if (isError) sentence = line;
  };
  const options = {
    cwd: root,
    env: { ...env, KAFKA_BROKERS: brokers },
    onLine,
    signal: AbortSignal.timeout(PATIENCE_MS),
  };
  await runToEnd(['node', path.join(__dirname, 'check-broker.cjs')], options).catch((error) => {
    throw new Error(`The broker at ${brokers} (KAFKA_BROKERS) cannot be used: ${sentence}`, { cause: error });
  });
}

module.exports = { checkExternalBroker };
