import { checkLengths, type Numbers } from './check-lengths';

/**
 * Area under the ROC curve: the probability that a random positive row scores above a random negative one, a tie counting
 * half (the Mann-Whitney statistic; Hanley and McNeil 1982). Labels are 0 or 1. NaN when only one class is present.
 */
export function auc(labels: Numbers, scores: Numbers): number {
  checkLengths(labels, scores);
  const order = Uint32Array.from({ length: scores.length }, (_, row) => row).sort((a, b) => scores[a] - scores[b]);
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    const score = scores[order[start]];
    let end = start;
    let positivesHere = 0;
    for (; end < order.length && scores[order[end]] === score; end++) positivesHere += labels[order[end]];
    // Equal scores share the mean of their ranks start + 1 ... end. A NaN score equals nothing, not even itself.
    if (end === start) return Number.NaN;
    rankSum += (positivesHere * (start + 1 + end)) / 2;
    positives += positivesHere;
    start = end;
  }
  const pairs = positives * (order.length - positives);
  return pairs === 0 ? Number.NaN : (rankSum - (positives * (positives + 1)) / 2) / pairs;
}
