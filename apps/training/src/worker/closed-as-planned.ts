import type { ModelSignature, TrainingPlan } from '@millrace/contracts';

/** What training saw of an input is a warning to lanes, unless the plan closes the feature: then it is a rejection. */
export function closedAsPlanned(signature: ModelSignature, plan: Pick<TrainingPlan, 'features'>): ModelSignature {
  const closed = new Set(plan.features.filter((feature) => feature.closed).map((feature) => feature.name));
  return { ...signature, inputs: signature.inputs.map((input) => ({ ...input, closed: closed.has(input.name) })) };
}
