import { wrap } from './wrap';

describe('cli > terminal > wrap', () => {
  it('cuts between words, and leaves whole what is longer than a line', () => {
    expect(wrap('one two three', 20, 3, '...')).toEqual(['one two three']);
    expect(wrap('one two three', 7, 3, '...')).toEqual(['one two', 'three']);
    expect(wrap(`of ${'a'.repeat(30)} b`, 8, 3, '...')).toEqual(['of', 'a'.repeat(30), 'b']);
    expect(wrap('', 8, 3, '...')).toEqual(['']);
  });

  it('cuts behind commas where it can', () => {
    expect(wrap('name a, size 10, more words than fit', 12, 9, '...')).toEqual([
      'name a,',
      'size 10,',
      'more words',
      'than fit',
    ]);
  });

  it('says what is left out behind the last line', () => {
    expect(wrap('a b c d', 1, 2, 'more in --json')).toEqual(['a', 'b', 'more in --json']);
  });
});
