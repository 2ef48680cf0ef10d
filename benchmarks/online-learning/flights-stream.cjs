const { flightsTable } = require('../learning/flights-table.cjs');

/** Real flights of January to June in the order of departure, as examples. */
async function flightsStream(rows) {
  const table = await flightsTable({ from: '2001-01-01', to: '2001-07-01', rows });
  const text = (name, row) => table.columns.get(name).categories[table.columns.get(name).codes[row]];
  const examples = Array.from({ length: table.rows }, (_, row) => ({
    features: {
      origin: text('origin', row),
      destination: text('destination', row),
      distance: table.columns.get('distance').values[row],
      departure: table.columns.get('departure').values[row],
    },
    label: table.labels[row],
  }));
  return examples.sort((a, b) => a.features.departure - b.features.departure);
}

module.exports = { flightsStream };
