import type { EndpointCreated, ReleaseActivated } from '@millrace/contracts';
import { Metrics } from '@millrace/service';
import { EndpointDirectory, servedMajor } from './endpoint-directory';
import { addServingMetric } from './serving-metric';

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

  it('tells which endpoints serve nothing, but for those that are retired', async () => {
    const directory = new EndpointDirectory();
    for (const endpoint of ['new', 'live', 'halted', 'retired']) directory.created(made(endpoint, 1));
    for (const endpoint of ['live', 'halted', 'retired']) directory.activated(activated(endpoint, 1, 1));
    directory.halted({ endpoint: 'halted', revision: 2 });
    directory.retired({ endpoint: 'retired' });
    const metrics = new Metrics();
    addServingMetric(metrics, directory);
    const series = (await metrics.text()).match(/^millrace_endpoint_serving.*$/gm);
    expect(series).toEqual(
      ['new"} 0', 'live"} 1', 'halted"} 0'].map((one) => `millrace_endpoint_serving{endpoint="${one}`),
    );
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
