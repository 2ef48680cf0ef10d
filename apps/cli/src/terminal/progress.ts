import { SingleBar } from 'cli-progress';

export interface Progress {
  update(done: number, total: number, note?: string): void;
  stop(): void;
}

const shown = (): boolean =>
  process.stderr.isTTY === true &&
  !process.env.CI &&
  !process.argv.includes('--no-progress') &&
  !process.argv.includes('--quiet');

/** A bar with rate and time left on a terminal; silence elsewhere. */
export function progressBar(title: string, unit: string): Progress {
  if (!shown()) return { update: () => {}, stop: () => {} };
  const bar = new SingleBar({
    stream: process.stderr,
    format: `${title.padEnd(22)} {bar} {percentage}% | {value}/{total} ${unit} | {rate} | {eta_formatted} left {note}`,
    barsize: 24,
    hideCursor: true,
    clearOnComplete: false,
    etaBuffer: 50,
  });
  const began = process.hrtime.bigint();
  let started = false;
  return {
    update(done, total, note = '') {
      if (!started) bar.start(total, done, { rate: '', note });
      started = true;
      const seconds = Number(process.hrtime.bigint() - began) / 1e9;
      bar.setTotal(total);
      bar.update(done, { rate: `${Math.round(done / Math.max(seconds, 0.001)).toLocaleString('en')}/s`, note });
    },
    stop: () => bar.stop(),
  };
}
