// Pictures of every named state: `make shots`, into tmp/shots, compared with baselines/.
import { defineConfig } from '@playwright/test';
import { launchOptions } from './chromium.ts';

export default defineConfig({
  testDir: '.',
  testMatch: 'shots.ts',
  outputDir: '../../../tmp/shots-results',
  snapshotPathTemplate: 'baselines/{arg}{ext}',
  workers: 2,
  retries: 0,
  timeout: 1_800_000,
  expect: { timeout: 60_000 },
  updateSnapshots: process.env.UPDATE ? 'changed' : 'none',
  reporter: 'list',
  use: { launchOptions, locale: 'en-US', timezoneId: 'America/Los_Angeles' },
});
