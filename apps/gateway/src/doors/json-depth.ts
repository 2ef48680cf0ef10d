import { Problem } from './problem';

/** Deeper JSON than this is nobody's request: it is refused before it is parsed. */
export const MAX_JSON_DEPTH = 32;

const [QUOTE, BACKSLASH, OPEN_ARRAY, OPEN_OBJECT, CLOSE_ARRAY, CLOSE_OBJECT] = [...'"\\[{]}'].map((one) =>
  one.charCodeAt(0),
);

/**
 * Counts brackets outside of strings, in one pass over the bytes. In UTF-8 no byte of a longer character looks like one.
 * @throws Problem 400 JSON_TOO_DEEP
 */
export function checkJsonDepth(json: Uint8Array): void {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      if (++depth > MAX_JSON_DEPTH)
        throw new Problem(400, 'JSON_TOO_DEEP', `The JSON is nested deeper than ${MAX_JSON_DEPTH} levels.`);
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth--;
  }
}
