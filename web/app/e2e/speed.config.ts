// Figures, not a test: how quick the desk is with a long list (spec 6, section 10). One browser, nothing else at work.
import { defineConfig } from '@playwright/test';
import { launchOptions } from './chromium.ts';

export default defineConfig({
  testDir: '.',
  testMatch: 'speed.ts',
  outputDir: '../../../tmp/speed-results',
  workers: 1,
  retries: 0,
  timeout: 900_000,
  reporter: [['line']],
  use: { launchOptions, locale: 'en-US', timezoneId: 'America/Los_Angeles', viewport: { width: 1440, height: 900 } },
});
