// Reads the flights of a period into a table of @millrace/learning: every k-th row of the file's order.
const path = require('node:path');
const { DuckDBInstance } = require('@duckdb/node-api');

const FILE = path.join(__dirname, '../../node_modules/vega-datasets/data/flights-3m.parquet');
const LATE_AFTER_MINUTES = 15;

/**
 * @param {{ from: string, to: string, rows?: number }} period dates of [from, to); `rows` spreads a sample over it.
 * @returns {Promise<import('@millrace/learning').Table>}
 */
async function flightsTable({ from, to, rows }) {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  await connection.run(`CREATE TABLE period AS SELECT row_number() OVER () - 1 AS n, * FROM read_parquet('${FILE}')
    WHERE date >= TIMESTAMP '${from}' AND date < TIMESTAMP '${to}'`);
  const [[total]] = await values(connection, 'SELECT count(*)::DOUBLE FROM period');
  const wanted = Math.min(rows ?? total, total);
  const chosen = `(SELECT * FROM period WHERE floor((n + 1) * ${wanted} / ${total}) > floor(n * ${wanted} / ${total}) ORDER BY n)`;
  const columns = await columnsOf(
    connection,
    `SELECT epoch_ms(date)::DOUBLE, distance::DOUBLE, delay::DOUBLE, origin, destination FROM ${chosen}`,
  );
  connection.closeSync();
  const [time, distance, delay, origin, destination] = columns;
  return {
    rows: time.length,
    columns: new Map([
      ['origin', categorical(origin)],
      ['destination', categorical(destination)],
      ['distance', { kind: 'NUMBER', values: Float64Array.from(distance) }],
      ['departure', { kind: 'TIME', values: Float64Array.from(time) }],
    ]),
    eventTime: Float64Array.from(time),
    labels: Uint8Array.from(delay, (minutes) => (minutes > LATE_AFTER_MINUTES ? 1 : 0)),
  };
}

async function values(connection, sql) {
  return (await connection.runAndReadAll(sql)).getRows();
}

async function columnsOf(connection, sql) {
  return (await connection.runAndReadAll(sql)).getColumns();
}

function categorical(strings) {
  const categories = [...new Set(strings)];
  const code = new Map(categories.map((category, index) => [category, index]));
  return { kind: 'CATEGORY', codes: Int32Array.from(strings, (value) => code.get(value)), categories };
}

module.exports = { flightsTable };
