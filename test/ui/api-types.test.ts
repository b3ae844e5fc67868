/**
 * The types that the dashboard reads the API by are those of the OpenAPI document. They are checked in, so that types can be
 * checked and the dashboard built without a build of the relay; `npx vitest run test/ui/api-types.test.ts -u` writes them anew.
 */
import openapiTs, { astToString } from 'openapi-typescript';
import { test, expect } from 'vitest';
import { stage } from '../http/support/http-stage.ts';

const HEADER = `/** Made from /openapi.json by test/ui/api-types.test.ts: not to be edited. */\n\n`;

test('the types of the API in the dashboard are those of the OpenAPI document', async () => {
  const relay = await stage();
  const answer = await relay.call('/openapi.json');
  const types = await openapiTs(answer.body as Parameters<typeof openapiTs>[0]);
  await expect(HEADER + astToString(types)).toMatchFileSnapshot('../../src/ui/api/openapi.ts');
});
