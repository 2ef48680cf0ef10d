import { noResponses, provedNothing } from './no-responses';
import type { ReplayReport } from './replay';
import type { PartitionRange } from './replay-range';
import { ReplayTally } from './replay-tally';
import { type ToyRecord, toyKafka } from './toy-topics.fixture';

const range = (partition: number, change: Partial<PartitionRange> = {}): PartitionRange => ({
  partition,
  from: 300,
  to: 300,
  readFrom: 0,
  readTo: 300,
  firstResponse: 0,
  firstRequest: 0,
  end: 300,
  requestsEnd: 300,
  ...change,
});
const report = (...ranges: PartitionRange[]): ReplayReport => ({
  endpoint: 'flights',
  major: 1,
  runtime: 'x',
  topics: { requests: 'requests', responses: 'responses' },
  ranges,
  tally: new ReplayTally(),
  seconds: 0,
});
const second = (n: number): ToyRecord => ({ offset: n, value: '{}', timestamp: n * 1_000 });

describe('cli > replay > noResponses', () => {
  it('names topic, range and offsets, and where responses are, however many markers stand behind the last', async () => {
    const kafka = toyKafka({ responses: [second(5), second(6), second(61)] });
    const error = await noResponses(kafka, report(range(0)), '--from 2027-01-01');
    expect(error).toMatchObject({ exitCode: 1, code: 'NO_RESPONSES_IN_RANGE' });
    expect(error.message).toBe(
      'There is no response in this range: responses, --from 2027-01-01 (partition 0 from 300 to 300). ' +
        'Responses were written between 1970-01-01T00:00:05Z and 1970-01-01T00:01:01Z: partition 0 from 0 to 300. Choose --from and --to in there.',
    );
  });

  it('says so when the topic holds none at all', async () => {
    const error = await noResponses(toyKafka({ responses: [] }), report(range(0), range(1)), '');
    expect(error.message).toContain('responses, all that is kept (partition 0 from 300 to 300, partition 1 from');
    expect(error.message).toContain('holds no response at all');
    const trimmed = range(0, { firstResponse: 300 });
    expect((await noResponses(toyKafka({ responses: [] }), report(trimmed), '')).message).toContain('were trimmed.');
  });

  it('tells responses apart that are there and cannot be computed', async () => {
    const found = report(range(0));
    found.tally.trimmed = 7;
    expect((await noResponses(toyKafka({ responses: [second(5)] }), found, '')).message).toMatch(
      /^All 7 responses in this range answer requests that were trimmed/,
    );
  });

  it('takes neither a response nor a difference for nothing', () => {
    const found = report(range(0));
    expect(provedNothing(found)).toBe(true);
    found.tally.differences = 1;
    expect(provedNothing(found)).toBe(false);
    found.tally.differences = 0;
    found.tally.responses = 1;
    expect(provedNothing(found)).toBe(false);
  });
});
