/**
 * A text as lines of at most so many characters, cut behind commas where that is possible, else between words. A word that is longer
 * stays whole, so that it can be copied. Behind the last line that is allowed stands what is left out.
 */
export function wrap(text: string, width: number, most: number, leftOut: string): string[] {
  const lines: string[] = [];
  let line = '';
  const pieces = text.split(/(?<=,) /).flatMap((piece) => (piece.length > width ? piece.split(' ') : [piece]));
  for (const piece of pieces) {
    if (line !== '' && line.length + 1 + piece.length > width) {
      lines.push(line);
      line = piece;
    } else line = line === '' ? piece : `${line} ${piece}`;
  }
  lines.push(line);
  return lines.length <= most ? lines : [...lines.slice(0, most), leftOut];
}
