import { CALENDAR_PARTS, type FittedStep } from '@millrace/learning';
import { DataType } from '../proto/onnx-messages';
import { calendarNodes } from './calendar-nodes';
import type { GraphBuilder } from './graph-builder';

/** A step that gives one float32 column: a number, or an index when it is one-hot. */
export function isDense(step: FittedStep): boolean {
  return step.kind !== 'one-hot' && !(step.kind === 'calendar' && step.as === 'one-hot');
}

/** The float32 [N, 1] value of a dense step, by the same operations as `applyFeatures` in libs/learning. */
export function denseNodes(graph: GraphBuilder, step: FittedStep): string {
  switch (step.kind) {
    case 'number':
      return step.input;
    case 'standardised':
      return standardised(graph, step);
    case 'target-encoding':
      return lookUpCategory(graph, step.name, step.input, step.categories, step.values, step.unseen);
    case 'calendar': {
      const part = calendarNodes(graph, step.input, step.part);
      return graph.add('Cast', [part], step.name, { to: BigInt(DataType.FLOAT) });
    }
    case 'one-hot':
      throw new Error(`${step.name} is one-hot; ask for its weights.`);
  }
}

/**
 * The float32 [N, 1] weight of a one-hot step: multiplying a one-hot row by weights picks one of them, so the graph looks it
 * up by the category itself and never builds the zeros.
 */
export function weightNodes(graph: GraphBuilder, step: FittedStep, weights: Float32Array): string {
  if (step.kind === 'one-hot') {
    const known = weights.subarray(0, step.categories.length);
    const other = weights[step.categories.length];
    return lookUpCategory(graph, `${step.name}/weight`, step.input, step.categories, known, other);
  }
  if (step.kind === 'calendar') {
    const { first } = CALENDAR_PARTS[step.part];
    const table = new Float32Array(first + weights.length);
    table.set(weights, first);
    const values = graph.floats(table, [table.length], `${step.name}/weights`);
    return graph.add('Gather', [values, calendarNodes(graph, step.input, step.part)], `${step.name}/weight`);
  }
  throw new Error(`${step.name} is not one-hot; it has one weight.`);
}

type Standardised = Extract<FittedStep, { kind: 'standardised' }>;

function standardised(graph: GraphBuilder, { name, input, mean, scale, limit }: Standardised): string {
  const centred = graph.add('Sub', [input, graph.floats([mean], [], `${name}/mean`)], `${name}/centred`);
  const scaled = graph.add('Mul', [centred, graph.floats([scale], [], `${name}/scale`)], `${name}/scaled`);
  const missing = graph.add('IsNaN', [scaled], `${name}/missing`);
  const filled = [missing, graph.floats([0], [], `${name}/filled`), scaled];
  const standard = graph.add('Where', filled, `${name}/standardised`);
  if (limit === undefined) return standard;
  const bounds = [graph.floats([-limit], [], `${name}/least`), graph.floats([limit], [], `${name}/most`)];
  return graph.add('Clip', [standard, ...bounds], `${name}/limited`);
}

function lookUpCategory(
  graph: GraphBuilder,
  label: string,
  input: string,
  categories: readonly string[],
  values: ArrayLike<number>,
  unseen: number,
): string {
  const attributes = { keys_strings: categories, values_floats: Float32Array.from(values), default_float: unseen };
  return graph.add('LabelEncoder', [input], `${label}/encoded`, attributes, 'ai.onnx.ml');
}
