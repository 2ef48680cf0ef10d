export { type FakeClock, fakeClock, TEST_EPOCH } from './fake-clock';
export { type Decided, type DecidedDomain, type Given, givenWhenThen } from './given-when-then';
export { seededIds, seededRandom } from './seeded';
