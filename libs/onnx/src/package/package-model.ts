import { AppError } from '@millrace/contracts';
import { type InputProfile, TRAINER_VERSION, type TrainedModel } from '@millrace/learning';
import { denseNodes } from './feature-nodes';
import { GraphBuilder } from './graph-builder';
import { linearNodes } from './linear-nodes';
import { treeNodes } from './tree-nodes';

/** The output: probability of class 1 of a classification, or the number of a regression; float32 [N, 1]. */
export const PROBABILITY = 'probability';
export const VALUE = 'value';

/** Element type of each kind of input. */
export const INPUT_TYPES = { NUMBER: 'FLOAT', CATEGORY: 'STRING', TIME: 'INT64' } as const satisfies Record<
  InputProfile['kind'],
  string
>;

/**
 * Model and preprocessing as one ONNX file: raw inputs of shape [N, 1] in, one number out, so that training and serving cannot
 * prepare features differently.
 *
 * ```
 * NUMBER   float32, NaN = missing            -> as it is | (x - mean) * scale
 * CATEGORY string, "" = missing              -> LabelEncoder: mean label, or weight
 * TIME     int64 milliseconds since 1970     -> Div, Mod: minute of day, day of week, ...
 *                                               -> TreeEnsembleRegressor | Gemm + Sum -> Sigmoid -> probability
 * ```
 *
 * @param metadata functions of the inputs only (data-set digest, plan digest, seed): no time, host or run id, so that equal
 *   inputs give equal bytes. The trainer's version is added.
 * @throws AppError MODEL_NOT_PACKAGED for a constant model, which has no inputs to make a graph of.
 */
export function packageModel(trained: TrainedModel, metadata: Readonly<Record<string, string>>): Uint8Array {
  const graph = new GraphBuilder();
  for (const { name, kind } of trained.inputs) graph.input(name, INPUT_TYPES[kind]);
  const value = modelNodes(graph, trained);
  if (trained.task === 'REGRESSION') graph.output(value, VALUE, 'FLOAT');
  else graph.output(graph.add('Sigmoid', [value], 'sigmoid'), PROBABILITY, 'FLOAT');
  return graph.finish('model', TRAINER_VERSION, { ...metadata, trainerVersion: TRAINER_VERSION });
}

function modelNodes(graph: GraphBuilder, { steps, model }: TrainedModel): string {
  switch (model.kind) {
    case 'linear':
      return linearNodes(graph, steps, model);
    case 'trees': {
      const features = graph.add(
        'Concat',
        steps.map((step) => denseNodes(graph, step)),
        'features',
        { axis: 1n },
      );
      return treeNodes(graph, features, model);
    }
    case 'constant':
      throw new AppError({
        code: 'MODEL_NOT_PACKAGED',
        message: 'A constant prediction is a baseline, not a model: choose a candidate that has inputs.',
        retriable: false,
      });
  }
}
