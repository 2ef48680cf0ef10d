import type { EndpointCreated, ReleaseActivated } from '@millrace/contracts';
import { EndpointDirectory, servedMajor } from './endpoint-directory';

const made = (endpoint: string, major: number) => ({ endpoint, major }) as EndpointCreated;
const activated = (endpoint: string, revision: number, major: number) =>
  ({ endpoint, revision, major }) as ReleaseActivated;

describe('gateway > infer > EndpointDirectory', () => {
  it('knows an endpoint from its creation on, also when its release was read first', () => {
    const directory = new EndpointDirectory();
    directory.activated(activated('e', 1, 1));
    expect(directory.find('e')).toBeUndefined();
    directory.created(made('e', 1));
    expect(directory.find('e')).toMatchObject({ retired: false, live: { revision: 1 } });
  });

  it('takes no older revision after a newer one', () => {
    const directory = new EndpointDirectory();
    directory.created(made('e', 1));
    directory.activated(activated('e', 2, 1));
    directory.activated(activated('e', 1, 1));
    expect(directory.find('e')?.live?.revision).toBe(2);
  });

  it('sends requests to the major that is live, and to the newest while none is', () => {
    const directory = new EndpointDirectory();
    directory.created(made('e', 1));
    directory.created(made('e', 2));
    expect(servedMajor(directory.find('e')!).major).toBe(2);
    directory.activated(activated('e', 1, 1));
    expect(servedMajor(directory.find('e')!).major).toBe(1);
  });

  it('tells listeners of every major once, whenever they came', () => {
    const directory = new EndpointDirectory();
    directory.created(made('e', 1));
    const heard: string[] = [];
    directory.onMajor(({ endpoint, major }) => heard.push(`${endpoint}.${major}`));
    directory.created(made('e', 1));
    directory.created(made('f', 1));
    expect(heard).toEqual(['e.1', 'f.1']);
  });

  it('keeps a retired endpoint findable', () => {
    const directory = new EndpointDirectory();
    directory.created(made('e', 1));
    directory.retired({ endpoint: 'e' });
    expect(directory.all()).toMatchObject([{ endpoint: 'e', retired: true }]);
  });
});
