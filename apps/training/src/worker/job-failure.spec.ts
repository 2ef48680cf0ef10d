import { InfrastructureError } from '@millrace/contracts';
import { LearningError } from '@millrace/learning';
import { failureOf } from './job-failure';

describe('training > worker > failureOf', () => {
  it('only what a code calls retriable is tried again', () => {
    const away = new InfrastructureError({ code: 'ARTIFACT_STORE_UNREACHABLE', message: 'The folder is away.' });
    expect(failureOf(away)).toEqual({
      reasonCode: 'ARTIFACT_STORE_UNREACHABLE',
      reason: 'The folder is away.',
      retriable: true,
    });
    expect(failureOf(new LearningError('LEARNING_SINGLE_CLASS', 'One class.'))).toMatchObject({
      reasonCode: 'LEARNING_SINGLE_CLASS',
      retriable: false,
    });
    expect(failureOf(new RangeError('Invalid array length'))).toEqual({
      reasonCode: 'TRAINING_FAILED',
      reason: 'Training ended with an error: Invalid array length',
      retriable: false,
    });
  });
});
