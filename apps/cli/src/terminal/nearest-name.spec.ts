import { nearestName } from './nearest-name';

describe('cli > nearestName', () => {
  it.each([
    ['flight-late', ['flights-late', 'fraud'], 'flights-late'],
    ['flihgts', ['flights', 'fraud'], 'flights'],
    ['zebra', ['flights', 'fraud'], null],
    ['anything', [], null],
  ])('%s among %j is %s', (wanted, names, nearest) => {
    expect(nearestName(wanted, names)).toBe(nearest);
  });
});
