const path = require('node:path');
const { runToEnd } = require('./run-to-end.cjs');

const NEEDED = 2;

/**
 * Refuses a broker whose finalized `transaction.version` is below 2: without it a delayed request of an old transaction
 * can touch the next one (KIP-890), and exactly one response per request rests on that.
 *
 * @param {string} brokers host:port list @param {NodeJS.ProcessEnv} env with the KAFKA_* settings @param {string} root
 */
async function checkExternalBroker(brokers, env, root) {
  let answer;
  const signal = AbortSignal.timeout(60_000);
  await runToEnd(['node', path.join(__dirname, 'check-broker.cjs')], {
    cwd: root,
    env: { ...env, KAFKA_BROKERS: brokers },
    signal,
    onLine: (line, isError) => {
      if (!isError) answer = line;
    },
  }).catch((error) => {
    throw new Error(`The broker at ${brokers} (KAFKA_BROKERS) could not be used. ${error.message}`);
  });
  const refusal = refusalOf(JSON.parse(answer).transactionVersion, brokers);
  if (refusal) throw new Error(refusal);
}

/** The sentence that refuses this version, or undefined when it is good enough. */
function refusalOf(transactionVersion, brokers) {
  if (transactionVersion >= NEEDED) return undefined;
  return (
    `The broker at ${brokers} has finalized transaction.version ${transactionVersion}; Millrace needs ${NEEDED}. ` +
    `Raise it with: kafka-features.sh --bootstrap-server ${brokers} upgrade --feature transaction.version=${NEEDED}`
  );
}

module.exports = { checkExternalBroker, refusalOf };
