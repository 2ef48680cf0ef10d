// What `npm start -- ...` accepts. Pure.

const HELP = `Starts Millrace on this machine: broker, database, schema registry, services, the example.

  npm start                    start, or go on where the last start ended
  npm start -- --reset         remove all state first and begin anew
  npm start -- --no-demo       do not load the example
  npm start -- --rows N|all    rows of the example to load (default 200000 of 3000000)
  npm start -- --no-browser    do not open the page
  npm start -- --help          this text

Addresses of your own replace parts of it: KAFKA_BROKERS (with KAFKA_SSL, KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME,
KAFKA_SASL_PASSWORD), DATABASE_URL, SCHEMA_REGISTRY_URL. Ports: MILLRACE_KAFKA_PORT, MILLRACE_POSTGRES_PORT,
MILLRACE_SCHEMA_REGISTRY_PORT, MILLRACE_GATEWAY_PORT. State lies in .millrace/, or where MILLRACE_HOME says.
Ctrl-C stops everything in order.
`;

/**
 * @param {string[]} args
 * @returns {{help: boolean, reset: boolean, demo: boolean, browser: boolean, rows: string}} throws on what it does not know
 */
function parseOptions(args) {
  const options = { help: false, reset: false, demo: true, browser: true, rows: '200000' };
  for (let at = 0; at < args.length; at++) {
    const [name, inline] = args[at].split(/=(.*)/s);
    if (name === '--help' || name === '-h') options.help = true;
    else if (name === '--reset') options.reset = true;
    else if (name === '--no-demo') options.demo = false;
    else if (name === '--no-browser') options.browser = false;
    else if (name === '--rows') options.rows = rowsOf(inline ?? args[++at]);
    else throw new Error(`There is no option ${args[at]}. Type: npm start -- --help`);
  }
  return options;
}

function rowsOf(text) {
  if (text === 'all') return text;
  const rows = Number(text);
  if (!Number.isInteger(rows) || rows < 1 || rows > 3_000_000) {
    throw new Error(`--rows wants a number from 1 to 3000000, or all; it got "${text ?? ''}".`);
  }
  return String(rows);
}

module.exports = { HELP, parseOptions };
