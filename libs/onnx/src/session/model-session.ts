import { AppError } from '@millrace/contracts';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { ort } from './ort';
import { allocateColumn, type ColumnData, type ElementType, type TensorInfo } from './tensor-columns';

const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  float32: 'FLOAT',
  float64: 'DOUBLE',
  int32: 'INT32',
  int64: 'INT64',
  string: 'STRING',
  bool: 'BOOL',
};
const ORT_TYPES: Readonly<Record<ElementType, Tensor.Type>> = {
  FLOAT: 'float32',
  DOUBLE: 'float64',
  INT32: 'int32',
  INT64: 'int64',
  STRING: 'string',
  BOOL: 'bool',
};

/** Texts of ONNX Runtime may hold absolute paths, so they are kept as the cause for the log and never shown to a caller. */
const unusable = (what: string, cause: unknown): AppError =>
  new AppError({ code: 'MODEL_UNUSABLE', message: `The model cannot be used: ${what}.`, retriable: false, cause });

const failed = (cause: unknown): AppError =>
  new AppError({
    code: 'MODEL_FAILED',
    message: 'The model failed on this input; the log of the lane worker has the reason of ONNX Runtime.',
    retriable: false,
    cause,
  });

/**
 * A loaded model. One thread, no spinning, sequential: the same input gives the same bits, whatever else the machine
 * does, and an idle session costs nothing.
 *
 * `run` is synchronous native work and blocks the event loop; a hostile model may never return. So sessions live in
 * child processes only, under a watchdog.
 */
export class ModelSession {
  private constructor(
    private readonly session: InferenceSession,
    readonly inputs: readonly TensorInfo[],
    readonly outputs: readonly TensorInfo[],
  ) {}

  /**
   * @param bytes the verified ONNX file: never a path, so that no external data can be reached.
   * @throws AppError MODEL_UNUSABLE.
   */
  static async load(bytes: Uint8Array): Promise<ModelSession> {
    const session = await ort()
      .InferenceSession.create(bytes, {
        executionProviders: ['cpu'],
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        logSeverityLevel: 4,
        extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
      })
      .catch((cause: unknown) => {
        throw unusable('ONNX Runtime does not load it', cause);
      });
    const inputs = session.inputMetadata.map(inputInfo);
    return new ModelSession(session, inputs, await probeOutputs(session, inputs));
  }

  /**
   * @param columns one per input, `rows * width` values each, in the array type of `allocateColumn`.
   * @returns one per output, likewise.
   * @throws AppError MODEL_FAILED.
   */
  async run(rows: number, columns: ReadonlyMap<string, ColumnData>): Promise<Map<string, ColumnData>> {
    const results = await this.session.run(feedsOf(this.inputs, rows, columns)).catch((cause: unknown) => {
      throw failed(cause);
    });
    const outputs = new Map<string, ColumnData>();
    for (const output of this.outputs) {
      const data = results[output.name]!.data as ColumnData;
      if (data.length !== rows * output.width)
        throw failed(new Error(`${output.name} has ${data.length} values for ${rows} rows of ${output.width}`));
      outputs.set(output.name, data);
    }
    return outputs;
  }

  /** Runs each batch size once, so that the first request does not pay for memory and kernels. */
  async warm(batchSizes: readonly number[]): Promise<void> {
    for (const rows of batchSizes) {
      await this.run(rows, blankColumns(this.inputs, rows));
    }
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

function blankColumns(inputs: readonly TensorInfo[], rows: number): Map<string, ColumnData> {
  return new Map(
    inputs.map((input) => {
      const column = allocateColumn(input, rows);
      return [input.name, Array.isArray(column) ? column.fill('') : column];
    }),
  );
}

type Feeds = Record<string, Tensor>;

function feedsOf(inputs: readonly TensorInfo[], rows: number, columns: ReadonlyMap<string, ColumnData>): Feeds {
  const feeds: Feeds = {};
  for (const input of inputs) {
    const column = columns.get(input.name);
    if (!column || column.length !== rows * input.width) throw failed(new Error(`${input.name} has the wrong length`));
    const shape = input.rank === 1 ? [rows] : [rows, input.width];
    feeds[input.name] = new (ort().Tensor)(ORT_TYPES[input.type] as 'float32', column as Float32Array, shape);
  }
  return feeds;
}

function inputInfo(metadata: InferenceSession.ValueMetadata): TensorInfo {
  if (!metadata.isTensor) throw unusable(`${metadata.name} is no tensor`, null);
  const [batch, width, ...rest] = metadata.shape;
  if (rest.length > 0 || batch === undefined)
    throw unusable(`${metadata.name} must have the shape [N] or [N, k]`, null);
  if (typeof batch === 'number' && batch >= 0)
    throw unusable(`${metadata.name} takes exactly ${batch} rows; the first dimension must be free`, null);
  if (width !== undefined && (typeof width !== 'number' || width < 1))
    throw unusable(`the second dimension of ${metadata.name} must be a number`, null);
  const type = elementType(metadata.name, metadata.type);
  return { name: metadata.name, type, rank: metadata.shape.length, width: (width as number | undefined) ?? 1 };
}

/** What the outputs are is asked of the model itself, on two blank rows: exporters leave shapes out or declare one row. */
async function probeOutputs(session: InferenceSession, inputs: readonly TensorInfo[]): Promise<TensorInfo[]> {
  const rows = 2;
  const results = await session.run(feedsOf(inputs, rows, blankColumns(inputs, rows))).catch((cause: unknown) => {
    throw unusable('it fails on blank rows', cause);
  });
  return session.outputNames.map((name) => {
    const { type, dims } = results[name]!;
    if (dims.length < 1 || dims.length > 2 || dims[0] !== rows)
      throw unusable(`${name} gives [${dims}] for ${rows} rows; it must give [N] or [N, k]`, null);
    return { name, type: elementType(name, type), rank: dims.length, width: dims[1] ?? 1 };
  });
}

function elementType(name: string, type: string): ElementType {
  const known = ELEMENT_TYPES[type];
  if (!known) throw unusable(`${name} has the element type ${type}`, null);
  return known;
}
