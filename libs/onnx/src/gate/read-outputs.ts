import type { GraphProto, ValueInfoProto } from '../proto/onnx-messages';
import type { GateLimits } from './limits';
import { elementTypeOf, type TensorSpec } from './tensor-spec';
import type { ValueFacts } from './value-facts';
import { quoted, refuse } from './verdict';

/** A shape computed for one batch size. */
export interface ShapedBatch {
  readonly rows: number;
  readonly values: ReadonlyMap<string, ValueFacts>;
}

/**
 * The outputs' shapes from what the graph computes for several batch sizes, whatever it declares: the first dimension must
 * follow the batch and the second must not. A declared width that differs is refused; a declared number of rows is ignored, since
 * exporters write 1 there and ONNX Runtime does not hold them to it.
 */
export function readOutputs(graph: GraphProto, batches: readonly ShapedBatch[], limits: GateLimits): TensorSpec[] {
  return graph.output.map((info) => readOutput(info, batches, limits));
}

function readOutput(info: ValueInfoProto, batches: readonly ShapedBatch[], limits: GateLimits): TensorSpec {
  const name = info.name ?? '';
  const type = elementTypeOf(info, 'output');
  const bad = (why: string): never =>
    refuse('UNSUPPORTED_SHAPE', `The output ${quoted(name)} ${why}; outputs are [N] or [N, k].`);
  const shapes = batches.map(({ rows, values }) => ({ rows, shape: values.get(name)?.shape ?? [] }));
  const { shape: first } = shapes[0];
  for (const { rows, shape } of shapes) {
    if (shape.length < 1 || shape.length > 2 || shape.length !== first.length)
      bad(`has the shape [${shape}] for ${rows} rows`);
    if (shape[0] !== rows) bad(`has ${shape[0]} values for ${rows} rows`);
    if (shape[1] !== first[1]) bad(`has a width that depends on the batch`);
  }
  const width = first[1] ?? 1;
  if (width > limits.width) bad(`has ${width} columns; ${limits.width} are allowed`);
  const declared = info.type?.tensorType?.shape?.dim;
  if (declared && declared.length !== first.length)
    bad(`is declared with ${declared.length} dimensions and has ${first.length}`);
  if (declared?.[1]?.dimValue !== undefined && declared[1].dimValue !== width)
    bad(`is declared ${declared[1].dimValue} wide and is ${width} wide`);
  return { name, type, rank: first.length as 1 | 2, width };
}
