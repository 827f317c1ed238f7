// End to end: the real server with its simulated carrier, one worker, no retries (spec 6, section 10).
import { defineConfig } from '@playwright/test';
import { launchOptions } from './e2e/chromium.ts';

const patience = Math.max(1, Number(process.env.SLOWED ?? 1) / 2);

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.spec.ts',
  outputDir: 'test-results',
  workers: 1,
  retries: 0,
  timeout: 120_000 * patience, // a busy machine is slow, not wrong
  expect: { timeout: 15_000 * patience },
  reporter: [['list']],
  use: { launchOptions, locale: 'en-US', timezoneId: 'America/Los_Angeles', viewport: { width: 1440, height: 900 }, trace: 'retain-on-failure' },
});
