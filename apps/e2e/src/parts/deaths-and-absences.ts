import type { E2ePlatform } from '../platform/e2e-platform';
import { EndpointTopics } from '../platform/endpoint-topics';
import { freeze } from '../platform/freeze';

const AWAY_MS = 20_000;

/** Requests with ids of their own; answers when each has its response. */
export class Stream {
  private count = 0;
  readonly sent: string[] = [];

  constructor(
    private readonly platform: () => E2ePlatform,
    readonly topics: EndpointTopics,
    private readonly name: string,
  ) {}

  async send(count: number): Promise<void> {
    const ids = Array.from({ length: count }, () => `${this.name}-${this.count++}`);
    await this.topics.send(ids.map((id) => ({ key: id, value: this.topics.encode(this.topics.request(id)) })));
    this.sent.push(...ids);
  }

  async untilAnswered(timeoutMs: number): Promise<void> {
    await this.platform().until(async () => (await this.unanswered()).length === 0, timeoutMs, `answer ${this.name}`);
  }

  /** Also throws when one was answered twice. */
  async unanswered(): Promise<string[]> {
    const answers = new Map<string, number>();
    for (const { response } of await this.topics.readResponses())
      answers.set(response.requestId, (answers.get(response.requestId) ?? 0) + 1);
    const twice = this.sent.find((id) => (answers.get(id) ?? 0) > 1);
    if (twice) throw new Error(`${twice} was answered more than once`);
    return this.sent.filter((id) => !answers.has(id));
  }
}

/** Whatever dies or is away: what was sent is answered, exactly once. */
export function deathsAndAbsences(platform: () => E2ePlatform): void {
  describe('deaths and absences', () => {
    let topics: EndpointTopics;
    beforeAll(async () => {
      topics = await EndpointTopics.of(platform(), 'flights-late');
    });

    describe('deaths', () => {
      it.each([
        'ingestion',
        'validation',
        'training',
        'registry',
        'governance',
        'inference',
        'monitoring',
        'gateway',
        'schema-registry',
      ])('kill -9 of %s: everything is answered once', async (service) => {
        const stream = new Stream(platform, topics, `kill-${service}`);
        await stream.send(100);
        const back = platform().killAndAwait(service);
        await stream.send(100);
        await back;
        await stream.send(50);
        await stream.untilAnswered(60_000);
      });

      it('kill -9 of the broker: everything is answered once', async () => {
        const stream = new Stream(platform, topics, 'kill-kafka');
        await stream.send(100);
        await platform().killAndAwait('kafka');
        await stream.send(100);
        await stream.untilAnswered(90_000);
      });

      it('kill -9 of the database: lanes never notice', async () => {
        const stream = new Stream(platform, topics, 'kill-postgres');
        const back = platform().killAndAwait('postgres');
        await stream.send(100);
        await stream.untilAnswered(60_000);
        await back;
      });
    });

    const onLinux = process.platform === 'linux' ? describe : describe.skip;
    onLinux('absences', () => {
      it('schema registry away: the partition waits, nothing is dead-lettered, and it goes on', async () => {
        const before = (await topics.readAll(topics.endpoint.deadLettersTopic)).length;
        await platform().killAndAwait('inference');
        const goOn = await freeze(platform().pidOf('schema-registry'));
        const stream = new Stream(platform, topics, 'registry-away');
        try {
          await stream.send(20);
          await new Promise((resolve) => setTimeout(resolve, 6_000));
          expect(await stream.unanswered()).toHaveLength(20);
        } finally {
          goOn();
        }
        await stream.untilAnswered(60_000);
        expect(await topics.readAll(topics.endpoint.deadLettersTopic)).toHaveLength(before);
      });

      it('database away for 20 s: lanes keep answering, commands are 503 with Retry-After', async () => {
        const stream = new Stream(platform, topics, 'database-away');
        const goOn = await freeze(platform().pidOf('postgres'));
        try {
          const until = Date.now() + AWAY_MS;
          await stream.send(50);
          await stream.untilAnswered(15_000);
          const command = await platform().call('POST', '/api/v1/commands/SetModelAlias', {
            model: 'flights-late',
            alias: 'later',
            version: 1,
          });
          expect({ status: command.status, retry: command.headers.get('retry-after') }).toEqual({
            status: 503,
            retry: expect.any(String),
          });
          await new Promise((resolve) => setTimeout(resolve, Math.max(0, until - Date.now())));
        } finally {
          goOn();
        }
        await platform().until(
          async () => (await platform().cli('model', 'alias', 'flights-late:1', 'later')).code === 0,
          60_000,
          'take commands again',
        );
      });

      it('broker away for 20 s: everything pauses and goes on, the gateway answers 503 with Retry-After', async () => {
        const stream = new Stream(platform, topics, 'broker-away');
        await stream.send(50);
        const goOn = await freeze(platform().pidOf('kafka'));
        try {
          const until = Date.now() + AWAY_MS;
          const answer = await platform().call('POST', '/api/v1/commands/SetModelAlias', {
            model: 'flights-late',
            alias: 'away',
            version: 1,
          });
          expect({ status: answer.status, retry: answer.headers.get('retry-after') }).toEqual({
            status: 503,
            retry: expect.any(String),
          });
          await new Promise((resolve) => setTimeout(resolve, Math.max(0, until - Date.now())));
        } finally {
          goOn();
        }
        await stream.send(50);
        await stream.untilAnswered(90_000);
      });
    });
  });
}
