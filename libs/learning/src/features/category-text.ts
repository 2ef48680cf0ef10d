/**
 * The text by which a category is known to whatever learns or predicts: it ends at U+0000, because it does so in the ONNX graph
 * (ONNX Runtime for Node hands texts over as C strings). Seeing more beside the graph would make trainer and file disagree.
 */
export function categoryText(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
