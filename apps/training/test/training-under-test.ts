import { Topics } from '@millrace/contracts';
import { type Environment, type Fact, makeInstallation, ServiceUnderTest } from '@millrace/testing';

/** Training, with workers of its own or of the spec. */
export class TrainingUnderTest extends ServiceUnderTest {
  static async prepare(): Promise<TrainingUnderTest> {
    return new TrainingUnderTest(await makeInstallation('training'));
  }

  /** A worker that nobody supervises, as a user would start one. */
  worker(more: Environment = {}) {
    return this.spawn('apps/training/src/worker/main.ts', more);
  }

  async factsOf(run: string): Promise<Fact[]> {
    return (await this.facts(Topics.runs)).filter((fact) => fact.key === run);
  }

  async reportsOf(run: string): Promise<Fact[]> {
    return (await this.facts(Topics.workerReports)).filter((fact) => fact.data.run === run);
  }

  fact(run: string, record: { readonly fullName: string }, timeoutMs?: number): Promise<Fact> {
    const what = `${record.fullName} of ${run}`;
    const read = () => this.factsOf(run);
    return this.await(what, read, (fact) => fact.record === record.fullName, timeoutMs);
  }
}
