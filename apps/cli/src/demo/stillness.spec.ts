import { Stillness } from './stillness';

it('cli > demo > Stillness: counts from the last change, not from the beginning', () => {
  const stillness = new Stillness(0);
  const stood = (figure: number, now: number) => stillness.stoodStillMs(figure, now);
  expect([stood(5, 10), stood(5, 90), stood(6, 100), stood(6, 100), stood(6, 350), stood(2, 400)]).toEqual([
    0, 80, 0, 0, 250, 0,
  ]);
});
