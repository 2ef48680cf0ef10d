import type { EndpointCreated, ReleaseActivated } from '@millrace/contracts';
import { EndpointDirectory } from './endpoint-directory';
import { FindEndpoint } from './find-endpoint';

function endpoints(endpointsKnown = true) {
  const directory = new EndpointDirectory();
  directory.created({ endpoint: 'e', major: 1 } as EndpointCreated);
  return { directory, find: new FindEndpoint(directory, { endpointsKnown }) };
}

describe('gateway > infer > FindEndpoint', () => {
  it('finds an endpoint without a version', () => {
    expect(endpoints().find.entry('e', null).endpoint).toBe('e');
  });

  it('finds the live version only', () => {
    const { directory, find } = endpoints();
    expect(() => find.entry('e', '3')).toThrow(/no version 3 of e that is live\.$/);
    directory.activated({
      endpoint: 'e',
      revision: 1,
      major: 1,
      arms: [{ version: 3 }],
    } as unknown as ReleaseActivated);
    expect(find.entry('e', '3').endpoint).toBe('e');
    expect(() => find.entry('e', '2')).toThrow(/There are: 3/);
  });

  it('says 404 with the names there are, but 503 while it does not know them all', () => {
    expect(() => endpoints().find.entry('f', null)).toThrow(
      expect.objectContaining({
        status: 404,
        code: 'UNKNOWN_ENDPOINT',
        detail: expect.stringContaining('There are: e.'),
      }),
    );
    expect(() => endpoints(false).find.entry('f', null)).toThrow(
      expect.objectContaining({ status: 503, code: 'STARTING' }),
    );
  });
});
