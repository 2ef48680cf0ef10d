/**
 * Consumer groups that nobody consumes by: who sends records in transactions commits there how far it came. Their offset counts rows
 * of a file, so beside the end of the topic it is no lag.
 */
export const PROGRESS_OF = { load: 'load', demo: 'demo' } as const;

const PROGRESS = new RegExp(`^(?:${Object.values(PROGRESS_OF).join('|')})\\.`);

export const tellsProgress = (group: string): boolean => PROGRESS.test(group);
