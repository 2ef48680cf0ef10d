/** Which of River's learners each of ours is held against: the same model class on the same features. */
const COUNTERPARTS = {
  'logistic-adagrad': 'River logistic, AdaGrad',
  'logistic-ftrl': 'River logistic, AdaGrad',
  'hoeffding-tree': 'River Hoeffding tree',
};

/**
 * The target "at least River's quality on the same stream" as figures: how far ours are before River's. Without River their value
 * is null, which is neither met nor missed.
 *
 * @param {{learner: string, logLoss?: number, auc?: number}[]} ours
 * @param {{learner: string, logLoss?: number, auc?: number}[]} river
 * @returns {import('../shared/figures.cjs').Figure[]}
 */
function besideRiver(ours, river) {
  return ours.flatMap(({ learner, logLoss, auc }) => {
    const name = COUNTERPARTS[learner];
    if (!name) return [];
    const other = river.find((one) => one.learner === name);
    const difference = (mine, theirs) => (mine && theirs ? Number((mine - theirs).toFixed(4)) : null);
    return [
      {
        name: `${learner}: log loss on flights above ${name}`,
        value: difference(logLoss, other?.logLoss),
        unit: '',
        target: { atMost: 0 },
      },
      {
        name: `${learner}: AUC on flights above ${name}`,
        value: difference(auc, other?.auc),
        unit: '',
        target: { atLeast: 0 },
      },
    ];
  });
}

module.exports = { besideRiver };
