// Pictures and accessibility of every named state: `npm run shots`, into tmp/shots.
import { defineConfig } from '@playwright/test';
import { launchOptions } from './chromium.ts';

export default defineConfig({
  testDir: '.',
  testMatch: 'shots.ts',
  outputDir: '../../../tmp/shots-results',
  workers: 1,
  retries: 0,
  reporter: 'line',
  use: { launchOptions, locale: 'en-US', timezoneId: 'America/Los_Angeles' },
});
