const { flightsTable } = require('../learning/flights-table.cjs');

/** Feature sets of real flights of May, in a form that a request carries. */
async function features(rows) {
  const { columns } = await flightsTable({ from: '2001-05-01', to: '2001-06-01', rows });
  const [origin, destination, distance, departure] = ['origin', 'destination', 'distance', 'departure'].map((name) =>
    columns.get(name),
  );
  return Array.from({ length: rows }, (_, row) => ({
    origin: origin.categories[origin.codes[row]],
    destination: destination.categories[destination.codes[row]],
    distance: distance.values[row],
    departure: departure.values[row],
  }));
}

module.exports = { features };
