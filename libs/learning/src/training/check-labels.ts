import type { Task } from '../learners/model';
import { LearningError } from '../learning-error';
import { labelsOf, type Table } from '../table/table';

/** The labels, if a model can be learned from them: 0 and 1 both present, or finite numbers. */
export function checkLabels(task: Task, table: Table): Uint8Array | Float64Array {
  const labels = labelsOf(table);
  const allowed = task === 'REGRESSION' ? Number.isFinite : (label: number) => label === 0 || label === 1;
  for (let row = 0; row < labels.length; row++) {
    if (allowed(labels[row])) continue;
    const wanted = task === 'REGRESSION' ? 'a finite number' : '0 or 1';
    const message = `The label of row ${row} is ${labels[row]}, which is not ${wanted}; leave such rows out of the data set.`;
    throw new LearningError('LEARNING_LABEL_INVALID', message);
  }
  if (task === 'BINARY_CLASSIFICATION' && (!labels.includes(0) || !labels.includes(1))) {
    const message = `All ${labels.length} labels are ${labels[0] ?? 'absent'}; a classifier needs examples of both classes.`;
    throw new LearningError('LEARNING_SINGLE_CLASS', message);
  }
  return labels;
}
