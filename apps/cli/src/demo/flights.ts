import { existsSync } from 'node:fs';
import path from 'node:path';
import { CliError } from '../terminal/cli-error';

/**
 * The example: US flights of January to June 2001 (npm package vega-datasets). The question is asked when the aircraft
 * leaves the gate: will it arrive more than 15 minutes late? `date` is the actual departure, so it carries part of the
 * delay; README says so.
 */
export const FLIGHTS = {
  source: 'flights',
  model: 'flights-late',
  endpoint: 'flights-late',
  learner: 'flights-online',
  fileRows: 3_000_000,
  /** Rows from here on never enter the source: they are sent as requests. */
  trafficFrom: Date.UTC(2001, 4, 1),
  holdOutFrom: Date.UTC(2001, 3, 1),
  lateAfterMinutes: 15,
} as const;

/** The package exports no path of its data, so its folder is looked for where Node looks for packages. */
export function flightsFile(): string {
  const folders = require.resolve.paths('vega-datasets') ?? [];
  const files = folders.map((folder) => path.join(folder, 'vega-datasets', 'data', 'flights-3m.parquet'));
  const found = files.find((file) => existsSync(file));
  if (found) return found;
  throw new CliError('The example data is missing: npm ci installs it (package vega-datasets).');
}

export const FLIGHTS_SOURCE = {
  owner: 'millrace demo',
  licence: 'public domain (US Bureau of Transportation Statistics)',
  description:
    'US flights, January to June 2001: actual departure, arrival delay in minutes, distance in miles, airports',
  eventTimeField: 'date',
  rules: [
    {
      id: 'delay-plausible',
      kind: 'BETWEEN',
      column: 'delay',
      min: -180,
      max: 3_000,
      values: null,
      severity: 'ERROR',
      owner: 'millrace demo',
    },
  ],
} as const;

const feature = (name: string, column: string, kind: string, meaning: string) => ({ name, column, kind, meaning });

export const FLIGHTS_PLAN = {
  task: 'BINARY_CLASSIFICATION',
  target: { column: 'delay', threshold: FLIGHTS.lateAfterMinutes, meaning: 'arrives more than 15 minutes late' },
  features: [
    feature('origin', 'origin', 'CATEGORY', 'airport of departure, IATA code'),
    feature('destination', 'destination', 'CATEGORY', 'airport of arrival, IATA code'),
    feature('distance', 'distance', 'NUMBER', 'miles'),
    feature('departure', 'date', 'TIME', 'actual departure, milliseconds since 1970 (local time read as UTC)'),
  ],
  candidates: [
    { name: 'logistic', learner: 'logistic-regression', parameters: {} },
    {
      name: 'trees-shallow',
      learner: 'gradient-boosted-trees',
      parameters: { trees: 60, depth: 4, learningRate: 0.1 },
    },
    { name: 'trees', learner: 'gradient-boosted-trees', parameters: { trees: 100, depth: 6, learningRate: 0.1 } },
    { name: 'trees-slow', learner: 'gradient-boosted-trees', parameters: { trees: 150, depth: 5, learningRate: 0.06 } },
  ],
  folds: 3,
  searchRows: 50_000,
  seed: 2001,
} as const;

/** When an aircraft is assumed to land: 30 minutes of taxi, climb and descent, and 7.5 miles a minute between. */
export const landingOf = (departureMs: number, distanceMiles: number): number =>
  departureMs + (30 + distanceMiles / 7.5) * 60_000;
export const LANDING_ASSUMPTION =
  'outcomes come at the assumed landing: departure + 30 min + distance / 7.5 miles a minute';
