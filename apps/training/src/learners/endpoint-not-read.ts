import { InfrastructureError } from '@millrace/contracts';

/** It was known when the learner was started; after a rebuild it may have to be read from the log again first. */
export const endpointNotRead = (endpoint: string): InfrastructureError =>
  new InfrastructureError({
    code: 'ENDPOINT_NOT_READ',
    message: `The endpoint ${endpoint} has not been read from its topic yet; waits for it.`,
  });
