// Facts hold no U+0000: PostgreSQL keeps it in no text, so a service that decides or folds such a fact could not keep it. Values
// of data and requests may hold it, and come into facts where these tell what was seen.

/** Whether a fact may hold a text as it is. */
export const isKeepable = (text: string): boolean => !text.includes('\0');

/** A value as a fact shows it to people: with U+FFFD in the place of U+0000. */
export const keepable = (text: string): string => text.replaceAll('\0', '\uFFFD');
