import { readFileSync } from 'node:fs';
import path from 'node:path';
import { FLIGHTS_PLAN } from './flights';

const EXAMPLES = path.resolve(__dirname, '../../../../examples/flights');
const read = (name: string) => readFileSync(path.join(EXAMPLES, name), 'utf8');

describe('cli/demo/flights', () => {
  it('the committed plan is the one that the demo trains by', () => {
    expect(JSON.parse(read('plan.json'))).toEqual(FLIGHTS_PLAN);
  });

  it('the committed requests have the features of the plan, and only those', () => {
    const requests = read('requests.jsonl').trim().split('\n');
    expect(requests).toHaveLength(20);
    const names = FLIGHTS_PLAN.features.map(({ name }) => name).sort();
    for (const request of requests) expect(Object.keys(JSON.parse(request)).sort()).toEqual(names);
  });
});
