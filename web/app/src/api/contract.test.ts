// @vitest-environment node
import openapiTS, { astToString } from 'openapi-typescript';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('the types are those of the contract: npm run generate', async () => {
  const contract = new URL('../../../../openapi/console.yaml', import.meta.url);
  const written = readFileSync(new URL('console.gen.ts', import.meta.url), 'utf8');
  expect(written).toContain(astToString(await openapiTS(contract)).trim());
});
