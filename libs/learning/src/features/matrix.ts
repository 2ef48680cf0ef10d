/** One number per row, as float32, because that is what the ONNX graph computes with. NaN is missing. */
export interface DenseColumn {
  readonly name: string;
  readonly values: Float32Array;
}

/** A one-hot block kept as one index per row in [0, size): a linear model looks its weight up instead of multiplying by zeros. */
export interface IndexedColumn {
  readonly name: string;
  readonly size: number;
  readonly indices: Int32Array;
}

/** What a learner sees: `rows` x (dense columns, one-hot blocks). */
export interface Matrix {
  readonly rows: number;
  readonly dense: readonly DenseColumn[];
  readonly indexed: readonly IndexedColumn[];
}
