import { AlertAcknowledged, AlertRaised, AlertRefused, AlertResolved } from '@millrace/contracts';
import { type AggregateKind, Aggregates, Events } from '@millrace/messaging';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import { type Alert, type AlertFact, type AlertSubject, evolveAlert, noAlert, type Observation } from '../domain/alert';
import type { Observed } from '../domain/observe';

const ALERTS: AggregateKind<Alert, AlertFact> = {
  table: 'alerts',
  initial: noAlert,
  evolve: evolveAlert,
  records: { AlertRaised, AlertAcknowledged, AlertResolved, AlertRefused },
};

/** Alerts, and what their rules said about the last windows. */
@Injectable()
export class AlertRepository {
  readonly alerts: Aggregates<Alert, AlertFact>;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    events: Events,
  ) {
    this.alerts = new Aggregates(unitOfWork, events, ALERTS);
  }

  /** What the alerts of a rule are about that are raised and not resolved, of subjects that begin so. */
  async open(rule: string, subject: string): Promise<AlertSubject[]> {
    const rows: { about: AlertSubject }[] = await this.unitOfWork.manager.query(
      `SELECT state -> 'about' AS about FROM alerts WHERE state ->> 'status' IN ('RAISED', 'ACKNOWLEDGED')
         AND state #>> '{about,rule}' = $1 AND starts_with(state #>> '{about,subject}', $2) ORDER BY id`,
      [rule, subject],
    );
    return rows.map(({ about }) => about);
  }

  /**
   * Takes in what a rule says about a window, in the place of what it said before, and forgets all but the last `keep` that
   * it could tell something of.
   * @returns those, in the order of time
   */
  async observe(alert: string, observation: Observed['observation'], keep: number): Promise<Observation[]> {
    const { manager } = this.unitOfWork;
    const { start, model, version } = observation.window;
    const place = [alert, start, `${model}:${version}`];
    if (observation.breach === null)
      await manager.query('DELETE FROM alert_observations WHERE alert = $1 AND start = $2 AND version = $3', place);
    else
      await manager.query(
        `INSERT INTO alert_observations (alert, start, version, breach, observed) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (alert, start, version) DO UPDATE SET breach = excluded.breach, observed = excluded.observed`,
        [...place, observation.breach, JSON.stringify(observation)],
      );
    const rows: { start: string; version: string; observed: string }[] = await manager.query(
      'SELECT start, version, observed FROM alert_observations WHERE alert = $1 ORDER BY start DESC, version DESC LIMIT $2',
      [alert, keep],
    );
    const oldest = rows.at(-1);
    await manager.query(
      'DELETE FROM alert_observations WHERE alert = $1 AND (start, version) < ($2::bigint, $3::text)',
      [alert, oldest?.start, oldest?.version],
    );
    return rows.reverse().map(({ observed }) => JSON.parse(observed));
  }
}
