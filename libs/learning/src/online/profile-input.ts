import { byCodeUnit } from '../features/count-categories';
import type { Input } from '../features/feature-step';
import type { InputProfile } from '../training/profile-inputs';
import type { RowLayout } from './rows/row-layout';
import type { RunningScaler } from './rows/running-scaler';
import type { Vocabulary } from './rows/vocabulary';

/** What the stream has shown of an input; a full vocabulary says nothing about which categories there are. */
export function profileInput(
  input: Input,
  rows: RowLayout,
  scaler: RunningScaler,
  vocabularyOf: (category: number) => Vocabulary,
): InputProfile {
  const base = { name: input.name, kind: input.kind, meaning: input.meaning ?? '' };
  const nothing = { min: null, max: null, categories: null };
  switch (input.kind) {
    case 'NUMBER': {
      const { count, missing, min, max } = scaler.profile(rows.numbers.indexOf(input.name));
      const range = count > 0 ? { min, max } : {};
      return { ...base, ...nothing, ...range, optional: missing > 0 };
    }
    case 'CATEGORY': {
      const vocabulary = vocabularyOf(rows.categories.indexOf(input.name));
      const listed = vocabulary.words.slice(1).sort(byCodeUnit);
      return { ...base, ...nothing, optional: true, categories: vocabulary.full ? null : listed };
    }
    case 'TIME':
      return { ...base, ...nothing, optional: false };
  }
}
