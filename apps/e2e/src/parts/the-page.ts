import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { E2ePlatform } from '../platform/e2e-platform';
import { withTool } from './with-tool';

const CHROMIUM = 'MILLRACE_TEST_CHROMIUM';
const PATIENCE_MS = 60_000;
// A browser that asks nobody but the page: it neither updates itself nor looks for anything outside this machine.
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

interface Visit {
  readonly page: Page;
  /** What the browser complained about: messages of level error, exceptions, requests to anybody but the gateway. */
  readonly complaints: readonly string[];
}

/** The live page in a real browser. */
export function thePage(platform: () => E2ePlatform): void {
  describe('the page', () => {
    let browser: Browser | undefined;
    afterAll(() => browser?.close());

    const visit = async (address: string): Promise<Visit> => {
      browser ??= await chromium.launch({ executablePath: process.env[CHROMIUM]!, args: QUIET });
      const page = await (await browser.newContext()).newPage();
      const complaints: string[] = [];
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => {
        const url = request.url();
        const own = url.startsWith(`${platform().file.gatewayUrl}/`) || url.startsWith('data:');
        if (!own) complaints.push(`it asked ${url}`);
      });
      await page.goto(address);
      return { page, complaints };
    };

    withTool(CHROMIUM)('shows the released version and the last responses to a viewer', async () => {
      const key = platform().key('viewer');
      const { page, complaints } = await visit(`${platform().file.gatewayUrl}/#key=${key}`);
      await page.locator('#endpoints .card', { hasText: 'flights-late:1' }).waitFor({ timeout: PATIENCE_MS });
      const data = JSON.stringify({ origin: 'SFO', destination: 'JFK', distance: 2586, departure: 988_700_000_000 });
      const { requestId } = await platform().json<{ requestId: string }>('predict', 'flights-late', '--data', data);
      const row = page.locator('#responses tr', { hasText: requestId });
      await row.waitFor({ timeout: PATIENCE_MS });
      expect(await row.innerText()).toMatch(/PREDICTED\s+probability 0\.\d+\s+flights-late:1/);
      expect(await page.locator('#services .chip').count()).toBeGreaterThanOrEqual(5);
      expect(await page.locator('#flow svg').textContent()).toContain('flights-late:1');
      const learner = page.locator('#learners .card', { hasText: 'flights-online' });
      await learner.locator('svg.losses').waitFor({ timeout: PATIENCE_MS });
      expect(await learner.innerText()).toMatch(/log loss\s+0\.\d{4}\s+released model\s+0\.\d{4}/);
      const watched = page.locator('#watched .card.windows', { hasText: 'flights-late.v1' });
      await watched.locator('svg.losses').waitFor({ timeout: PATIENCE_MS });
      expect(await watched.innerText()).toMatch(/largest PSI beyond chance\s+0\.\d{3}/);
      const quality = page.locator('#watched .card.quality', { hasText: 'flights-late.v1' });
      await quality.locator('svg.losses').first().waitFor({ timeout: PATIENCE_MS });
      expect(await quality.innerText()).toMatch(/AUC\s+0\.\d{3}, hold-out set 0\.\d{3}\s+label rate\s+0\.\d{3}/);
      const lag = page.locator('#lag .card');
      expect(await lag.innerText()).toMatch(/now\s+(\d|not known)/);
      expect(await lag.locator('svg.spark polyline').getAttribute('points')).toMatch(/^[\d., ]+$/);
      const alert = page.locator('#alerts .card', { hasText: 'flights-late.v1/DRIFT/distance' });
      expect(await alert.innerText()).toMatch(/ACKNOWLEDGED by admin: asking the sender[\s\S]+distribution moved: PSI/);
      expect(await page.locator('#runs .card', { hasText: 'flights-late:2' }).count()).toBe(1);
      // For a person to look at; it stays there until the next run.
      await page.screenshot({ path: path.join(tmpdir(), 'millrace-page.png'), fullPage: true });
      expect(page.url()).not.toContain(key);
      expect(complaints).toEqual([]);
    });

    withTool(CHROMIUM)('asks for a key when it has none, and shows nothing', async () => {
      const { page, complaints } = await visit(`${platform().file.gatewayUrl}/`);
      await page.locator('#key-form').waitFor({ state: 'visible', timeout: PATIENCE_MS });
      expect(await page.locator('#board').isVisible()).toBe(false);
      await page.locator('#key').fill(platform().key('viewer'));
      await page.getByRole('button', { name: 'Open' }).click();
      await page.locator('#board').waitFor({ state: 'visible', timeout: PATIENCE_MS });
      expect(await page.locator('#key-form').isVisible()).toBe(false);
      expect(complaints).toEqual([]);
    });
  });
}
