import { AppError, type ModelSignature } from '@millrace/contracts';
import { gateModel } from '../gate/gate-model';
import { ModelSession } from '../session/model-session';
import { allocateColumn, type ColumnData, type ElementType, type TensorInfo } from '../session/tensor-columns';
import type { ChildReport, DryRunRefusal } from './child-report';

/** The batches that are tried: alone, few, and as many as a lane's micro-batch holds. */
const BATCHES = [1, 3, 256];

/** Gate, load, run on made-up rows. To be called in a child process with limits only: the model may do anything. */
export async function rehearse(bytes: Uint8Array): Promise<ChildReport> {
  const verdict = gateModel(bytes);
  if (!verdict.accepted) return verdict;
  try {
    const session = await ModelSession.load(bytes);
    for (const rows of BATCHES) {
      const outputs = await session.run(rows, syntheticColumns(session.inputs, rows));
      const problem = compare(verdict.signature, outputs, rows);
      if (problem) return { accepted: false, reasonCode: 'MODEL_FAILED', reason: problem };
    }
    return verdict;
  } catch (error) {
    return refusalOf(error);
  }
}

/** Numbers from -2 to 3, small words, both booleans: every kind of value that a row may hold, the same in every run. */
function syntheticColumns(inputs: readonly TensorInfo[], rows: number): Map<string, ColumnData> {
  return new Map(
    inputs.map((input, position) => [input.name, fill(allocateColumn(input, rows), input.type, position)]),
  );
}

function fill(column: ColumnData, type: ElementType, offset: number): ColumnData {
  for (let i = 0; i < column.length; i++) {
    const step = (i * 7 + offset * 3) % 11;
    if (Array.isArray(column)) column[i] = step === 0 ? '' : `value-${step}`;
    else if (column instanceof BigInt64Array) column[i] = BigInt(step - 4);
    else column[i] = type === 'BOOL' ? step % 2 : type === 'INT32' ? step - 4 : step / 2 - 2;
  }
  return column;
}

function compare(signature: ModelSignature, outputs: ReadonlyMap<string, ColumnData>, rows: number): string | null {
  for (const { name, width } of signature.outputs) {
    const length = outputs.get(name)?.length;
    if (length !== rows * width) return `Output ${name} has ${length ?? 'no'} values for ${rows} rows of ${width}.`;
  }
  return null;
}

function refusalOf(error: unknown): DryRunRefusal {
  const cause = error instanceof AppError ? error.cause : error;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/bad_alloc|allocat/i.test(text)) {
    const reason = 'The model asks for more memory than a session may have.';
    return { accepted: false, reasonCode: 'DRY_RUN_OUT_OF_MEMORY', reason };
  }
  const unusable = error instanceof AppError && error.code === 'MODEL_UNUSABLE';
  return unusable
    ? { accepted: false, reasonCode: 'MODEL_UNUSABLE', reason: `ONNX Runtime does not load the model${kindOf(text)}.` }
    : {
        accepted: false,
        reasonCode: 'MODEL_FAILED',
        reason: `ONNX Runtime fails on rows made for its inputs${kindOf(text)}.`,
      };
}

/** The error's kind, such as INVALID_GRAPH. The rest of the text may hold paths of this machine and is not passed on. */
function kindOf(text: string): string {
  const kind = /\[ONNXRuntimeError\] : \d+ : ([A-Z_]+)/.exec(text)?.[1];
  return kind ? ` (${kind})` : '';
}
