import { type Refusal, type RetrainingRequested, refusal, StartTraining } from '@millrace/contracts';

/** A run as a person's command or a trigger of monitoring asks for it. */
export interface RunDemand extends StartTraining {
  /** Full record name of what asks. */
  readonly asked: string;
  /** Source of which no data set is fit to be trained on; null when a data set is named. */
  readonly lacking: string | null;
}

export const demandOfCommand = (command: StartTraining): RunDemand => ({
  ...command,
  asked: StartTraining.fullName,
  lacking: null,
});

/** @param newest the newest data set of the source that is accepted or overridden; null when there is none. */
export function demandOfRequest(
  { run, model, plan, source, dataset }: RetrainingRequested,
  asked: string,
  newest: string | null,
): RunDemand {
  const chosen = dataset ?? newest;
  return { run, model, plan, dataset: chosen ?? '', asked, lacking: chosen === null ? source : null };
}

export const noFitDataset = (source: string): Refusal =>
  refusal(
    'NO_FIT_DATASET',
    `No data set of source ${source} is accepted or overridden, so there is nothing to train on: millrace dataset snapshot cuts one.`,
  );
