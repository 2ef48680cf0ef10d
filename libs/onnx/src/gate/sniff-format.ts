interface Signature {
  readonly at: number;
  readonly bytes: string;
  readonly name: string;
}

const EXECUTABLE = 'which can carry code';

/** First bytes of what people hand in instead of ONNX, as latin-1 text. */
const SIGNATURES: readonly Signature[] = [
  ...['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'].map((bytes) => ({
    at: 0,
    bytes,
    name: `a Python pickle (also joblib and older PyTorch files), ${EXECUTABLE}`,
  })),
  { at: 0, bytes: 'PK\x03\x04', name: `a zip archive (PyTorch, Keras v3, NumPy .npz), ${EXECUTABLE}` },
  { at: 0, bytes: 'PK\x05\x06', name: 'an empty zip archive' },
  { at: 0, bytes: '\x89HDF\r\n\x1a\n', name: `an HDF5 file (Keras v2), ${EXECUTABLE}` },
  { at: 0, bytes: '\x93NUMPY', name: 'a NumPy array' },
  { at: 0, bytes: '\x1f\x8b', name: 'a gzip file' },
  { at: 0, bytes: 'BZh', name: 'a bzip2 file' },
  { at: 0, bytes: '\xfd7zXZ\x00', name: 'an xz file' },
  { at: 0, bytes: '7z\xbc\xaf\x27\x1c', name: 'a 7-zip archive' },
  { at: 0, bytes: '\x28\xb5\x2f\xfd', name: 'a Zstandard file' },
  { at: 257, bytes: 'ustar', name: 'a tar archive' },
  { at: 0, bytes: 'GGUF', name: 'a GGUF file' },
  { at: 4, bytes: 'TFL3', name: 'a TensorFlow Lite file' },
  { at: 4, bytes: 'ORTM', name: 'an ORT-format file' },
  { at: 0, bytes: 'PAR1', name: 'a Parquet file' },
  { at: 0, bytes: '\x7fELF', name: 'an executable' },
  { at: 0, bytes: 'MZ', name: 'an executable' },
  { at: 0, bytes: '#!', name: 'a script' },
  { at: 0, bytes: '<', name: 'an XML or HTML document (PMML?)' },
  { at: 0, bytes: '{', name: 'a JSON document (XGBoost?)' },
  { at: 0, bytes: 'tree\nversion=', name: 'a LightGBM text model' },
  { at: 0, bytes: '%PDF', name: 'a PDF document' },
];

/** The name of the format when the bytes begin like one that is surely not ONNX; judged by content, never by a file name. */
export function sniffFormat(bytes: Uint8Array): string | null {
  if (bytes.length === 0) return 'an empty file';
  const head = Buffer.from(bytes.subarray(0, 300)).toString('latin1');
  const known = SIGNATURES.find((signature) => head.startsWith(signature.bytes, signature.at));
  if (known) return known.name;
  // safetensors: eight bytes of header length, then JSON.
  if (head.length > 9 && head.startsWith('\x00\x00', 6) && head[8] === '{') return 'a safetensors file';
  // Pickle protocols 0 and 1 are text: opcodes for module and name, or a mark and then them.
  if (/^\(?[ci][A-Za-z_][\w.]*\n[A-Za-z_]\w*\n/.test(head)) return `a Python pickle of protocol 0, ${EXECUTABLE}`;
  return null;
}
