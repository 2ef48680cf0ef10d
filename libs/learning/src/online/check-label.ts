import { LearningError } from '../learning-error';

/** An online classifier learns from 0 and 1 only; the guard before it sorts other labels out and counts them. */
export function checkLabel(label: number): void {
  if (label === 0 || label === 1) return;
  const message = `The label is ${label}; a classifier learns from 0 and 1. Let LabelGuard judge labels first.`;
  throw new LearningError('LEARNING_LABEL_INVALID', message);
}
