export type { ChildReport, DryRunReasonCode, DryRunRefusal } from './dry-run/child-report';
export { type DryRunOptions, dryRunModel } from './dry-run/dry-run-model';
export { gateModel } from './gate/gate-model';
export { DEFAULT_LIMITS, type GateLimits } from './gate/limits';
export type { GateReasonCode, GateVerdict, ModelFacts } from './gate/verdict';
export { INPUT_TYPES, PROBABILITY, packageModel, VALUE } from './package/package-model';
export { signatureOf } from './package/signature-of';
export { checkParity, PARITY_TOLERANCE, type Parity } from './parity/check-parity';
export { compileInputCheck, type InputCheck, type InputVerdict } from './serving/check-input';
export { chooseArm } from './serving/choose-arm';
export { isExpired } from './serving/is-expired';
export { predictRows } from './serving/predict-rows';
export type { RowOutputs } from './serving/row-outputs';
export { ModelSession } from './session/model-session';
export { runtimeName } from './session/runtime-name';
export { columnsOfTable } from './session/table-columns';
export {
  allocateColumn,
  type ColumnData,
  type ElementType,
  getValue,
  type Scalar,
  setValue,
  type TensorInfo,
} from './session/tensor-columns';
