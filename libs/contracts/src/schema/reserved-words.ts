const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Java Language Specification 3.9, with the contextual keywords that cannot name a type. */
const JAVA = words(`
  abstract assert boolean break byte case catch char class const continue default do double else enum extends final finally
  float for goto if implements import instanceof int interface long native new package private protected public return short
  static strictfp super switch synchronized this throw throws transient try void volatile while true false null var record
  yield sealed permits`);

/** Python's keyword.kwlist. */
const PYTHON = words(`
  False None True and as assert async await break class continue def del elif else except finally for from global if import
  in is lambda nonlocal not or pass raise return try while with yield`);

/** A word that cannot be a package or a class in code generated for Java or Python. */
export const isReservedWord = (word: string): boolean => JAVA.has(word) || PYTHON.has(word);

/** A word that cannot be a field of a class generated for Java. Python's Avro libraries give dictionaries, which take any. */
export const isReservedField = (word: string): boolean => JAVA.has(word);
