import * as ml from './classic-ml';
import { arithmetic, broadcasting, everyOutputSame, passThrough, sameShape } from './elementwise';
import { constant, constantOfShape, expand, oneHot, range, shapeOf, sizeOf, tile } from './making';
import { gemm, matMul } from './multiplying';
import type { ShapeRule } from './node-view';
import { argReduce, layerNormalization, reduce } from './reducing';
import { flatten, reshape, squeeze, transpose, unsqueeze } from './reshaping';
import { concat, gather, gatherElements, slice, split, topK } from './selecting';
import { treeEnsembleClassifier, treeEnsembleRegressor } from './tree-ensemble';

const all = (names: string, rule: ShapeRule): [string, ShapeRule][] => names.split(' ').map((name) => [name, rule]);

/**
 * What a model may be made of: operators on numbers and strings whose time and memory follow from shapes that the gate can
 * compute. Absent on purpose: Loop, Scan, If, SequenceMap and whatever else holds a graph; sequences, maps and optionals;
 * operators whose output size depends on data (NonZero, Unique, Compress); random numbers, since an answer must be computed
 * again; images, audio and text.
 */
export const ALLOWED_OPERATORS: ReadonlyMap<string, ReadonlyMap<string, ShapeRule>> = new Map([
  [
    '',
    new Map<string, ShapeRule>([
      ...all('Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Clip Cos Cosh CumSum Elu Erf Exp Floor Gelu', sameShape),
      ...all(
        'HardSigmoid HardSwish IsInf IsNaN LeakyRelu Log LogSoftmax Mish Neg Not PRelu Reciprocal Relu',
        sameShape,
      ),
      ...all(
        'Round Selu Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu',
        sameShape,
      ),
      ...all('BatchNormalization', sameShape),
      ...all('Cast Identity', passThrough),
      ...all('Dropout', everyOutputSame),
      ...all('And Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Or Pow Sum Where Xor', broadcasting),
      ['Add', arithmetic((a, b) => a + b)],
      ['Sub', arithmetic((a, b) => a - b)],
      ['Mul', arithmetic((a, b) => a * b)],
      ['Div', arithmetic((a, b) => Math.trunc(a / b))],
      ['Constant', constant],
      ['ConstantOfShape', constantOfShape],
      ['Expand', expand],
      ['Tile', tile],
      ['Range', range],
      ['Shape', shapeOf],
      ['Size', sizeOf],
      ['OneHot', oneHot],
      ['Concat', concat],
      ['Gather', gather],
      ['GatherElements', gatherElements],
      ['Slice', slice],
      ['Split', split],
      ['TopK', topK],
      ['Reshape', reshape],
      ['Flatten', flatten],
      ['Transpose', transpose],
      ['Squeeze', squeeze],
      ['Unsqueeze', unsqueeze],
      ['MatMul', matMul],
      ['Gemm', gemm],
      ...all('ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd', reduce),
      ...all('ReduceSum ReduceSumSquare', reduce),
      ...all('ArgMax ArgMin', argReduce),
      ['LayerNormalization', layerNormalization],
    ]),
  ],
  [
    'ai.onnx.ml',
    new Map<string, ShapeRule>([
      ...all('Binarizer Normalizer', sameShape),
      ['ArrayFeatureExtractor', ml.arrayFeatureExtractor],
      ['FeatureVectorizer', ml.featureVectorizer],
      ['Imputer', ml.imputer],
      ['LabelEncoder', ml.labelEncoder],
      ['LinearClassifier', ml.linearClassifier],
      ['LinearRegressor', ml.linearRegressor],
      ['OneHotEncoder', ml.oneHotEncoder],
      ['Scaler', ml.scaler],
      ['TreeEnsembleClassifier', treeEnsembleClassifier],
      ['TreeEnsembleRegressor', treeEnsembleRegressor],
    ]),
  ],
]);
