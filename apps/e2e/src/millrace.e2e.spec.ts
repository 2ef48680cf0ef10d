import { aLearnerGoesLive } from './parts/a-learner-goes-live';
import { aModelTrainedAnew } from './parts/a-model-trained-anew';
import { badInput } from './parts/bad-input';
import { deathsAndAbsences } from './parts/deaths-and-absences';
import { otherClients } from './parts/other-clients';
import { theHistory } from './parts/the-history';
import { thePage } from './parts/the-page';
import { theWayOfAFlight } from './parts/the-way-of-a-flight';
import { E2ePlatform } from './platform/e2e-platform';

// One platform for all parts, in this order: the later ones use what the first one made, and the last one holds the
// whole log against the invariants.
describe('millrace', () => {
  let platform: E2ePlatform;
  beforeAll(async () => {
    platform = await E2ePlatform.start();
  });
  afterAll(() => platform?.stop());
  const running = () => platform;

  theWayOfAFlight(running);
  aModelTrainedAnew(running);
  badInput(running);
  otherClients(running);
  thePage(running);
  aLearnerGoesLive(running);
  deathsAndAbsences(running);
  theHistory(running);
});
