import { createEndpoint, type MadeTopics, whyNotCreate } from './create-endpoint';
import { at, endpointWith, input, modelVersion, signature } from './domain-fixtures';
import { evolveEndpoint, noEndpoint } from './endpoint';
import { retireEndpoint } from './retire-endpoint';

const command = (change: object = {}) => ({
  endpoint: 'late',
  model: 'm',
  version: 1,
  major: 1,
  partitions: 4,
  description: '',
  ...change,
});
const made: MadeTopics = {
  requestsTopic: 'q',
  responsesTopic: 'r',
  deadLettersTopic: 'd',
  outcomesTopic: 'o',
  requestSchemaId: 1,
  responseSchemaId: 2,
  outcomeSchemaId: 3,
  requestSchema: '{}',
  responseSchema: '{}',
};
const live = endpointWith(signature(input('x')));

describe('registry > domain > createEndpoint', () => {
  it('is live with the signature of the version', () => {
    const facts = createEndpoint(noEndpoint(), command(), modelVersion(1, 'a'), made, at(0));
    expect(facts).toHaveLength(1);
    expect(evolveEndpoint(noEndpoint(), facts[0]!)).toEqual(live);
  });

  it('takes the next major beside the first', () => {
    expect(whyNotCreate(live, command({ major: 2 }), modelVersion(1, 'a'))).toBeNull();
  });

  it.each([
    ['a name with capitals', noEndpoint(), { endpoint: 'Late' }, 'BAD_NAME'],
    ['a name that is a path', noEndpoint(), { endpoint: '../x' }, 'BAD_NAME'],
    ['a major that exists', live, {}, 'ENDPOINT_EXISTS'],
    ['a major that leaves a gap', live, { major: 3 }, 'BAD_MAJOR'],
    ['no partitions', noEndpoint(), { partitions: 0 }, 'BAD_PARTITIONS'],
    ['a retired name', { ...live, status: 'RETIRED' as const }, { major: 2 }, 'ENDPOINT_RETIRED'],
  ])('refuses %s', (_, endpoint, change, reasonCode) => {
    expect(whyNotCreate(endpoint, command(change), modelVersion(1, 'a'))).toMatchObject({ reasonCode });
  });

  it('refuses a version that does not exist', () => {
    expect(whyNotCreate(noEndpoint(), command(), undefined)).toMatchObject({ reasonCode: 'UNKNOWN_VERSION' });
  });
});

describe('registry > domain > retireEndpoint', () => {
  it('retires a live endpoint once', () => {
    const facts = retireEndpoint(live, { endpoint: 'late', reason: 'done' }, at(1));
    const retired = evolveEndpoint(live, facts[0]!);
    expect(retired.status).toBe('RETIRED');
    expect(retireEndpoint(retired, { endpoint: 'late', reason: 'again' }, at(2))[0]).toMatchObject({
      type: 'EndpointRefused',
      data: { reasonCode: 'ENDPOINT_RETIRED' },
    });
  });
});
