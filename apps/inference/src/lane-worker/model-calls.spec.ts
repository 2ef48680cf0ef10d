import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { ModelCalls } from './model-calls';

/** What the flight recorder would say when a call really runs, one turn of the event loop after it was asked for. */
function watched() {
  const inside: (string | null)[] = [];
  let note: string | null = null;
  const recorder = {
    enter: (digest: string) => {
      note = digest;
    },
    leave: () => {
      note = null;
    },
  };
  const calls = new ModelCalls(recorder, () => 0);
  const call = (digest: string, fails = false) =>
    calls.run(digest, async () => {
      await turnOfTheLoop();
      inside.push(note);
      if (fails) throw new Error(digest);
      return digest;
    });
  return { inside, call, note: () => note };
}

describe('inference > lane-worker > ModelCalls', () => {
  it('names the model that runs, also when several lanes ask at the same time', async () => {
    const { inside, call, note } = watched();
    expect(await Promise.all(['a', 'b', 'a', 'c'].map((digest) => call(digest)))).toEqual(['a', 'b', 'a', 'c']);
    expect(inside).toEqual(['a', 'b', 'a', 'c']);
    expect(note()).toBeNull();
  });

  it('goes on after a call that failed', async () => {
    const { inside, call, note } = watched();
    const answers = await Promise.allSettled([call('a', true), call('b')]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(inside).toEqual(['a', 'b']);
    expect(note()).toBeNull();
  });
});
