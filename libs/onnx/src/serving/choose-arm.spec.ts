import type { Arm } from '@millrace/contracts';
import { chooseArm } from './choose-arm';

const arm = (name: string, probability: number) => ({ arm: name, probability }) as Arm;

describe('onnx > serving > chooseArm', () => {
  const arms = [arm('a', 0.2), arm('b', 0.8)];

  it('is sticky by key', () => {
    const first = Array.from({ length: 100 }, (_, index) => chooseArm(arms, 'salt', `k${index}`).arm);
    const again = Array.from({ length: 100 }, (_, index) => chooseArm(arms, 'salt', `k${index}`).arm);
    expect(again).toEqual(first);
  });

  it('splits keys as the probabilities say', () => {
    const share =
      Array.from({ length: 20_000 }, (_, index) => chooseArm(arms, 'salt', `key-${index}`)).filter(
        (one) => one.arm === 'a',
      ).length / 20_000;
    expect(Math.abs(share - 0.2)).toBeLessThan(0.02);
  });
});
