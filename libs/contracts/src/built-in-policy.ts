import type { PolicyRule } from './records/governance';

const NOTHING: Omit<PolicyRule, 'riskClass'> = {
  forbidden: false,
  approvals: 0,
  approverRoles: [],
  notSubmitter: false,
  notTrainer: false,
  acceptedData: false,
  metrics: [],
  notice: false,
  cardFields: [],
};

/**
 * What releases take until somebody defines a policy. A constant with a number, because grants name it: whoever changes
 * the rules gives them the next number and keeps these in the history of this file. Here, because it decides in
 * governance and is shown by the command line.
 */
export const BUILT_IN_POLICY: { readonly id: string; readonly rules: readonly PolicyRule[] } = {
  id: 'built-in:1',
  rules: [
    { ...NOTHING, riskClass: 'UNACCEPTABLE', forbidden: true },
    {
      ...NOTHING,
      riskClass: 'HIGH',
      approvals: 2,
      notSubmitter: true,
      notTrainer: true,
      acceptedData: true,
      notice: true,
      cardFields: ['purpose', 'dataset', 'metrics'],
    },
    { ...NOTHING, riskClass: 'LIMITED', notice: true },
    { ...NOTHING, riskClass: 'MINIMAL' },
  ],
};
