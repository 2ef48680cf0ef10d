/** Words that cannot be a package, a class or a field in code generated for Java (JLS 3.9) or Python (keyword.kwlist). */
const RESERVED: ReadonlySet<string> = new Set(
  `abstract assert boolean break byte case catch char class const continue default do double else enum extends final
   finally float for goto if implements import instanceof int interface long native new package private protected public
   return short static strictfp super switch synchronized this throw throws transient try void volatile while true false
   null var record yield sealed permits
   and as async await def del elif except from global in is lambda nonlocal not or pass raise with False None True`.split(
    /\s+/,
  ),
);

export const isReservedWord = (word: string): boolean => RESERVED.has(word);
