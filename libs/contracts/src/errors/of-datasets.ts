import { codesOf } from './error-code';

/** `code` of a suspicion: what the profile of a data set found odd. */
export const SUSPICION_CODES = codesOf('SUSPICION', {
  CONSTANT: ['A column has the same value in every row', 'Leave it out of the plan'],
  EMPTY_COLUMN: ['A column has no value in any row; the data set is rejected', 'Find out where the values went'],
  IDENTIFIER_LIKE: ['Nearly every row has its own value', 'Leave the column out of the plan'],
  LEAKS_LABEL: [
    'A column all but tells the label; the data set is rejected',
    'Leave the column out of the source: it is known only when the label is, or copied from it',
  ],
  REPEATED_ROWS: [
    'Rows repeat others in every column; above half of them the data set is rejected',
    'See whether records were sent twice',
  ],
  TIME_GAP: ['A time column has a hole', 'See whether records are missing'],
});
