import type { Arm, EndpointCreated, ReleaseActivated } from '@millrace/contracts';
import { DeathCounter } from './count-deaths';
import { ReleaseTable } from './release-table';

const arm = (name: string, probability = 1) => ({ arm: name, probability }) as Arm;
const created = (major = 1) => ({ endpoint: 'late', major }) as EndpointCreated;
const activated = (revision: number, major = 1) =>
  ({ endpoint: 'late', major, revision, arms: [arm(`r${revision}`)], salt: 's' }) as unknown as ReleaseActivated;

describe('inference > domain > ReleaseTable', () => {
  it('has no release before one was activated', () => {
    const table = new ReleaseTable();
    table.endpointCreated(created());
    expect(table.route('late', 1)).toEqual({ kind: 'none', revision: 0, reasonCode: 'NO_RELEASE' });
  });

  it('serves the newest revision and ignores repeats, so that the revision never decreases', () => {
    const table = new ReleaseTable();
    for (const revision of [1, 2, 1]) table.releaseActivated(activated(revision));
    expect(table.route('late', 1)).toMatchObject({ kind: 'release', revision: 2 });
  });

  it('lets each major serve its own newest release', () => {
    const table = new ReleaseTable();
    table.releaseActivated(activated(1, 1));
    table.releaseActivated(activated(2, 2));
    expect([table.route('late', 1).revision, table.route('late', 2).revision]).toEqual([1, 2]);
  });

  it('answers for a retired endpoint with the revision that was live', () => {
    const table = new ReleaseTable();
    table.releaseActivated(activated(4));
    table.endpointRetired({ endpoint: 'late' } as never);
    expect(table.route('late', 1)).toEqual({ kind: 'none', revision: 4, reasonCode: 'ENDPOINT_RETIRED' });
  });

  it('serves no major after a halt, and each again with its own next release', () => {
    const table = new ReleaseTable();
    table.releaseActivated(activated(1, 1));
    table.releaseActivated(activated(2, 2));
    table.releaseHalted({ endpoint: 'late', revision: 3 });
    const halted = { kind: 'none', revision: 3, reasonCode: 'ENDPOINT_HALTED' };
    expect([table.route('late', 1), table.route('late', 2)]).toEqual([halted, halted]);
    table.releaseActivated(activated(4, 2));
    table.releaseHalted({ endpoint: 'late', revision: 3 });
    expect(table.route('late', 1)).toEqual(halted);
    expect(table.route('late', 2)).toMatchObject({ kind: 'release', revision: 4 });
    expect(table.route('late', 7)).toMatchObject({ reasonCode: 'NO_RELEASE', revision: 0 });
  });

  it('knows a quarantined digest until it is lifted', () => {
    const table = new ReleaseTable();
    table.modelQuarantined({ digest: 'd' });
    expect(table.isQuarantined('d')).toBe(true);
    table.quarantineLifted({ digest: 'd' });
    expect(table.isQuarantined('d')).toBe(false);
  });
});

describe('inference > domain > DeathCounter', () => {
  it('counts deaths inside ten minutes only', () => {
    const counter = new DeathCounter();
    expect([0, 1_000, 700_000].map((at) => counter.record('d', at))).toEqual([1, 2, 1]);
  });
});
