import type { GraphProto, ModelProto, NodeProto } from '../proto/onnx-messages';
import type { GateLimits } from './limits';
import { ALLOWED_OPERATORS } from './operators/allowed-operators';
import { quoted, refuse } from './verdict';

/** `ai.onnx` is another spelling of the default domain. */
export const domainOf = (domain: string | undefined): string => (domain === 'ai.onnx' ? '' : (domain ?? ''));

const OLDEST_OPSET = 7;

/** Version of each domain that the model imports. */
export type Opsets = ReadonlyMap<string, number>;

/** Everything about the file except shapes: what it is made of and that its names fit together. */
export function checkModel(model: ModelProto, limits: GateLimits): { graph: GraphProto; opsets: Opsets } {
  if (model.graph === undefined) return refuse('INVALID_GRAPH', 'The file holds no graph.');
  if (model.functions.length > 0)
    refuse('FUNCTIONS', 'The model defines functions of its own; inline them when exporting.');
  if (model.trainingInfo.length > 0)
    refuse('TRAINING_INFO', 'The model carries a training graph; export it for inference.');
  if (model.configuration.length > 0)
    refuse('DEVICE_CONFIGURATION', 'The model is spread over devices; export it for one.');
  const opsets = readOpsets(model);
  const { graph } = model;
  if (graph.sparseInitializer.length > 0) refuse('SPARSE_TENSOR', 'The model has sparse constants; store them dense.');
  if (graph.quantizationAnnotation.length > 0)
    refuse('INVALID_GRAPH', 'The model has quantization annotations; leave them out.');
  if (graph.node.length > limits.nodes)
    refuse('TOO_MANY_NODES', `The graph has ${graph.node.length} nodes; ${limits.nodes} are allowed.`);
  if (graph.input.length === 0) refuse('INVALID_GRAPH', 'The graph has no input.');
  if (graph.output.length === 0) refuse('INVALID_GRAPH', 'The graph has no output.');
  for (const node of graph.node) checkNode(node, opsets, limits);
  const values = graph.node.reduce((sum, node) => sum + node.output.length, 0);
  if (values > limits.values) refuse('TOO_MANY_NODES', `The graph has ${values} values; ${limits.values} are allowed.`);
  checkNames(graph);
  return { graph, opsets };
}

/** Exporters import a domain twice, or leave out ai.onnx where no node needs it; both are harmless as long as the versions agree. */
function readOpsets(model: ModelProto): Opsets {
  const opsets = new Map<string, number>();
  const bad = (why: string): never => refuse('OPSET_NOT_ALLOWED', `The model ${why}.`);
  for (const { domain, version } of model.opsetImport) {
    const name = domainOf(domain);
    if (!ALLOWED_OPERATORS.has(name)) {
      refuse(
        'CUSTOM_DOMAIN',
        `The model uses operators of the domain ${quoted(name)}; only ai.onnx and ai.onnx.ml are allowed.`,
      );
    }
    if (typeof version !== 'number' || version < 1) return bad('imports an opset without a version');
    if (opsets.has(name) && opsets.get(name) !== version) bad('imports two versions of one domain');
    opsets.set(name, version);
  }
  const main = opsets.get('') ?? OLDEST_OPSET;
  if (main < OLDEST_OPSET) bad(`needs opset ${OLDEST_OPSET} or newer of ai.onnx; it has ${main}`);
  return opsets;
}

/** Operators that people often meet, with what to do about them. */
const CURES: Readonly<Record<string, string>> = {
  ZipMap: ' It makes maps, which no record can carry: export without it (scikit-learn and LightGBM: zipmap off).',
};

function checkNode(node: NodeProto, opsets: Opsets, limits: GateLimits): void {
  const domain = domainOf(node.domain);
  const title = `Node ${quoted(node.name || (node.output[0] ?? ''))}`;
  if (!ALLOWED_OPERATORS.has(domain)) {
    refuse('CUSTOM_DOMAIN', `${title} is of the domain ${quoted(domain)}; only ai.onnx and ai.onnx.ml are allowed.`);
  }
  for (const attribute of node.attribute) {
    if (attribute.g !== undefined || attribute.graphs.length > 0) {
      refuse(
        'SUBGRAPH',
        `${title} (${quoted(node.opType ?? '')}) holds a graph of its own: loops and branches are not allowed.`,
      );
    }
  }
  if (!ALLOWED_OPERATORS.get(domain)?.has(node.opType ?? '')) {
    const operator = node.opType ?? '';
    const cure = Object.hasOwn(CURES, operator) ? CURES[operator] : '';
    refuse(
      'OPERATOR_NOT_ALLOWED',
      `${title} is the operator ${quoted(operator)}, which is not on the list of allowed ones.${cure}`,
    );
  }
  if (!opsets.has(domain)) refuse('OPSET_NOT_ALLOWED', `${title} is of a domain that the model does not import.`);
  if (node.overload) refuse('FUNCTIONS', `${title} calls a function.`);
  if (node.deviceConfigurations.length > 0) refuse('DEVICE_CONFIGURATION', `${title} is placed on a device.`);
  if (node.input.length > limits.nodeInputs || node.output.length > limits.nodeOutputs) {
    refuse('INVALID_GRAPH', `${title} has ${node.input.length} inputs and ${node.output.length} outputs.`);
  }
  checkAttributes(node, title, limits);
}

function checkAttributes(node: NodeProto, title: string, limits: GateLimits): void {
  const bad = (why: string): never => refuse('INVALID_ATTRIBUTE', `${title} ${why}.`);
  const names = new Set<string>();
  for (const attribute of node.attribute) {
    const name = attribute.name ?? '';
    if (names.has(name)) bad(`has two attributes ${quoted(name)}`);
    names.add(name);
    if (attribute.refAttrName) bad(`has an attribute ${quoted(name)} that refers to a function`);
    if (attribute.sparseTensor !== undefined || attribute.sparseTensors.length > 0)
      refuse('SPARSE_TENSOR', `${title} has a sparse attribute.`);
    if (attribute.tp !== undefined || attribute.typeProtos.length > 0 || attribute.tensors.length > 0)
      bad(`has an attribute ${quoted(name)} of a kind that no allowed operator has`);
    const held = heldKinds(attribute);
    if (held.length > 1 || (held.length === 1 && held[0] !== attribute.type))
      bad(`has an attribute ${quoted(name)} that holds another kind than it declares`);
    const texts = attribute.s ? [attribute.s, ...attribute.strings] : attribute.strings;
    if (texts.some((text) => text.length > limits.textBytes))
      bad(`has an attribute ${quoted(name)} with a text longer than ${limits.textBytes} bytes`);
  }
}

/** AttributeProto.AttributeType of every field that is set: there must be at most the one that `type` names. */
function heldKinds(attribute: NodeProto['attribute'][number]): number[] {
  const fields: [boolean, number][] = [
    [attribute.f !== undefined, 1],
    [attribute.i !== undefined, 2],
    [attribute.s !== undefined, 3],
    [attribute.t !== undefined, 4],
    [attribute.floats.length > 0, 6],
    [attribute.ints.length > 0, 7],
    [attribute.strings.length > 0, 8],
  ];
  return fields.flatMap(([held, kind]) => (held ? [kind] : []));
}

/** Static single assignment: every name is given once, and used only after it was given. */
function checkNames(graph: GraphProto): void {
  const given = new Set<string>();
  const give = (name: string, what: string) => {
    if (name === '') refuse('INVALID_GRAPH', `A ${what} has no name.`);
    if (given.has(name))
      refuse('DUPLICATE_NAME', `The name ${quoted(name)} is given twice, the second time to a ${what}.`);
    given.add(name);
  };
  for (const input of graph.input) give(input.name ?? '', 'graph input');
  for (const tensor of graph.initializer) give(tensor.name ?? '', 'constant');
  for (const node of graph.node) {
    for (const name of node.input) {
      if (name !== '' && !given.has(name))
        refuse(
          'UNDEFINED_NAME',
          `Node ${quoted(node.name ?? '')} uses ${quoted(name)}, which nothing before it gives.`,
        );
    }
    if (node.output.length === 0) refuse('INVALID_GRAPH', `Node ${quoted(node.name ?? '')} has no output.`);
    for (const name of node.output) if (name !== '') give(name, 'node output');
  }
  const outputs = new Set<string>();
  for (const { name } of graph.output) {
    if (!given.has(name ?? '')) refuse('UNDEFINED_NAME', `The output ${quoted(name ?? '')} is given by nothing.`);
    if (outputs.has(name ?? '')) refuse('DUPLICATE_NAME', `The output ${quoted(name ?? '')} is listed twice.`);
    outputs.add(name ?? '');
  }
}
