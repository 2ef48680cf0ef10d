export { ModelSession } from './session/model-session';
export { runtimeName } from './session/runtime-name';
export {
  allocateColumn,
  type ColumnData,
  type ElementType,
  getValue,
  type Scalar,
  setValue,
  type TensorInfo,
} from './session/tensor-columns';
