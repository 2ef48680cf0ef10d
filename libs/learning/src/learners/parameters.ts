import { LearningError } from '../learning-error';
import type { ParameterRules } from './learner';

/** Fills in defaults; refuses unknown names, and values outside the rule, with the rule in the message. */
export function readParameters<P extends Readonly<Record<string, number>>>(
  learner: string,
  rules: ParameterRules<P>,
  given: Readonly<Record<string, number>>,
): P {
  const refuse = (message: string): never => {
    throw new LearningError('LEARNING_PLAN_INVALID', `${learner}: ${message}`);
  };
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(rules, name));
  if (unknown) refuse(`there is no parameter "${unknown}"; there are ${Object.keys(rules).join(', ')}.`);
  const entries = Object.entries(rules).map(([name, rule]) => {
    const value = given[name] ?? rule.default;
    if (!(value >= rule.min && value <= rule.max) || (rule.whole && !Number.isInteger(value))) {
      refuse(
        `${name} must be ${rule.whole ? 'a whole number' : 'a number'} from ${rule.min} to ${rule.max}; got ${value}.`,
      );
    }
    return [name, value];
  });
  return Object.fromEntries(entries) as P;
}
