import type { WorkerReport } from '../supervision/worker-messages';

/** Counts between two reports; only numbers move on the hot path. */
export class LaneCounts {
  private responses = new Map<string, number>();
  private transactions = { count: 0, records: 0, seconds: 0 };

  response(endpoint: string, status: string): void {
    const name = `${endpoint} ${status}`;
    this.responses.set(name, (this.responses.get(name) ?? 0) + 1);
  }

  transaction(records: number, seconds: number): void {
    this.transactions.count++;
    this.transactions.records += records;
    this.transactions.seconds += seconds;
  }

  take(): Pick<WorkerReport, 'counts' | 'transactions'> {
    const counts = [...this.responses].map(([name, count]) => {
      const [endpoint = '', status = ''] = name.split(' ');
      return { endpoint, status, count };
    });
    const taken = { counts, transactions: this.transactions };
    this.responses = new Map();
    this.transactions = { count: 0, records: 0, seconds: 0 };
    return taken;
  }
}
