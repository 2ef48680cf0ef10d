import type { EndpointCreated, EndpointRefused, EndpointRetired, ModelSignature } from '@millrace/contracts';

export interface Endpoint {
  readonly status: 'ABSENT' | 'LIVE' | 'RETIRED';
  /** One entry per major that exists, in order: major n is at index n - 1. */
  readonly majors: readonly { readonly major: number; readonly signature: ModelSignature }[];
}

export type EndpointFact =
  | { readonly type: 'EndpointCreated'; readonly data: EndpointCreated }
  | { readonly type: 'EndpointRetired'; readonly data: EndpointRetired }
  | { readonly type: 'EndpointRefused'; readonly data: EndpointRefused };

export const noEndpoint = (): Endpoint => ({ status: 'ABSENT', majors: [] });

/** The only writer of an endpoint's state: also used by a rebuild from `registry.endpoints.v1`. */
export function evolveEndpoint(endpoint: Endpoint, fact: EndpointFact): Endpoint {
  switch (fact.type) {
    case 'EndpointCreated':
      return {
        status: 'LIVE',
        majors: [...endpoint.majors, { major: fact.data.major, signature: fact.data.signature }],
      };
    case 'EndpointRetired':
      return { ...endpoint, status: 'RETIRED' };
    case 'EndpointRefused':
      return endpoint;
  }
}
