import { AppError } from '@millrace/contracts';
import { z } from 'zod';
import { defineSettings } from './define-settings';

const settings = defineSettings({
  MILLRACE_ROWS: { schema: z.coerce.number().int().positive(), default: 5_000, unit: 'rows', doc: 'Rows at a time.' },
  MILLRACE_MODE: { schema: z.enum(['fast', 'safe']), default: 'safe', doc: 'How.' },
  MILLRACE_NAME: { schema: z.string(), doc: 'Name of the thing.' },
  MILLRACE_NOTE: { schema: z.string(), optional: true, doc: 'A note.' },
  MILLRACE_TOKEN: { schema: z.string().min(8), optional: true, secret: true, doc: 'A token.' },
});

const problemsOf = (environment: NodeJS.ProcessEnv): readonly string[] => {
  try {
    settings.read(environment);
  } catch (error) {
    if (error instanceof AppError && error.code === 'SETTINGS_INVALID') return error.context.problems as string[];
    throw error;
  }
  return [];
};

describe('service/settings', () => {
  it('reads texts as typed values and takes defaults for what is absent or empty', () => {
    const values = settings.read({ MILLRACE_NAME: ' mill ', MILLRACE_ROWS: '12', MILLRACE_MODE: '' });
    const rows: number = values.MILLRACE_ROWS;
    const note: string | undefined = values.MILLRACE_NOTE;
    expect({ rows, note, name: values.MILLRACE_NAME, mode: values.MILLRACE_MODE }).toEqual({
      rows: 12,
      note: undefined,
      name: 'mill',
      mode: 'safe',
    });
  });

  it('lists all problems at once, each with the name of its variable', () => {
    const problems = problemsOf({ MILLRACE_ROWS: '-1', MILLRACE_MODE: 'slow', MILLRACE_TOKEN: 'short' });
    expect(problems).toHaveLength(4);
    expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual([
      'MILLRACE_MODE',
      'MILLRACE_NAME',
      'MILLRACE_ROWS',
      'MILLRACE_TOKEN',
    ]);
    expect(problems.join()).toContain('MILLRACE_NAME is missing: Name of the thing.');
    expect(problems.join()).toContain('"slow"');
  });

  it('never repeats the text of a secret', () => {
    expect(problemsOf({ MILLRACE_NAME: 'x', MILLRACE_TOKEN: 'hunter2' }).join()).not.toContain('hunter2');
  });
});
