/**
 * A person at the page of the stand-in for Slack, in headless Chromium: reads the card, opens the review, approves.
 * Pinned: a card, a gate or a modal that a person cannot use.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { obtainBrowser } from '../../lab/obtain/tools.ts';
import { performRun, UP_TIMEOUT_MS, untilEnded, type WholeLab, wholeLab } from './whole-lab.ts';

/** Without these, Chromium spends its start looking for hosts that a test machine cannot reach. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let whole: WholeLab;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  whole = await wholeLab();
  browser = await chromium.launch({ executablePath: await obtainBrowser(), args: QUIET });
  page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  page.setDefaultTimeout(30_000);
}, UP_TIMEOUT_MS);

afterAll(async () => {
  await browser?.close();
  await whole?.close();
});

/** Pictures for people (README); the test itself never compares them. */
async function picture(name: string): Promise<void> {
  const folder = process.env['LIFEBOAT_PICTURES'];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

describe('the page', () => {
  it('Ada types the command, Ben reads the card, reviews and approves, and the run is done', async () => {
    await page.goto(`${whole.lab.urls.slack}/?as=ada`);
    const box = page.getByRole('textbox', { name: 'Message or slash command' });
    await box.fill('/lifeboat run failover from=us-central1');
    await box.press('Enter');
    await page.getByText('Move all traffic from us-central1 to europe-west1').first().waitFor();
    await page.getByRole('button', { name: 'Act as Ben' }).click();
    const run = (await whole.ada.list({ open: true })).find(({ runbook }) => runbook === 'failover')?.run ?? '';
    expect(run).toMatch(/^failover\//);
    const review = page.getByRole('button', { name: /Review/ }).last();
    await review.waitFor();
    await picture('slack-gate');
    await review.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('europe-west1').first().waitFor();
    await dialog.getByRole('radio', { name: 'Approve' }).check();
    await picture('slack-review');
    await dialog.getByRole('button', { name: /^Approve/ }).click();
    const ended = await untilEnded(whole, run);
    expect(ended.status).toBe('done');
    expect(ended.decisions.map(({ decision }) => [decision.kind, decision.by])).toEqual([['approve', 'ben']]);
    await page
      .locator('div')
      .filter({ hasText: run })
      .filter({ hasText: 'Recovery time, from the approval' })
      .first()
      .waitFor();
    await picture('slack');
    if (process.env['LIFEBOAT_PICTURES'] !== undefined) {
      await page.goto(`${whole.lab.urls.temporalUi}/namespaces/default/workflows/${encodeURIComponent(run)}`);
      await page.getByText(run).first().waitFor();
      await page
        .getByText(/Probe others/)
        .first()
        .waitFor();
      await picture('temporal');
    }
    await performRun(whole, 'failback', { region: 'us-central1' });
  }, 300_000);
});
