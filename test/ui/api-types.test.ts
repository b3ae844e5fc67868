/**
 * The types that the dashboard reads the API by are those of the OpenAPI document, and those of its own routes are made in the same
 * way. They are checked in, so that types can be checked and the dashboard built without a build of the relay;
 * `npx vitest run test/ui/api-types.test.ts -u` writes them anew.
 */
import openapiTs, { astToString } from 'openapi-typescript';
import { test, expect } from 'vitest';
import { registerOperationRoutes } from '../../src/http/dashboard/operation/operation-routes.ts';
import { createHttpApp } from '../../src/http/http-app.ts';
import { describeApi } from '../../src/http/openapi.ts';
import { RequestCounter } from '../../src/http/request-counter.ts';
import { previewsInProcess } from '../support/preview-reader.ts';
import { stage } from '../http/support/http-stage.ts';
// After the others: the order of the schemas is that of their files.
import { registerSuppressionFileRoutes } from '../../src/http/dashboard/suppression-files/suppression-files.ts';
import { registerContentRoutes } from '../../src/http/dashboard/content/content-routes.ts';

const HEADER = `/** Made by test/ui/api-types.test.ts: not to be edited. */\n\n`;

test('the types of the API in the dashboard are those of the OpenAPI document', async () => {
  const relay = await stage();
  const { body } = (await relay.call('/openapi.json')) as { body: object };
  await expect(await typesOf(body)).toMatchFileSnapshot('../../src/ui/api/openapi.ts');
});

test("the types of the dashboard's own routes are those of their schemas", async () => {
  const relay = await stage();
  const context = relay.context();
  const { app, routes } = createHttpApp({
    context,
    counter: new RequestCounter(),
    draining: () => false,
    takesMail: () => true,
  });
  registerSuppressionFileRoutes(app, context);
  registerContentRoutes(app, { ...context, previews: previewsInProcess() });
  registerOperationRoutes(app, { ...context, ...relay.facts() });
  const document = await describeApi(routes, '0.0.0-test', relay.config);
  await expect(await typesOf(document)).toMatchFileSnapshot('../../src/ui/api/operation-openapi.ts');
});

async function typesOf(document: object): Promise<string> {
  return HEADER + astToString(await openapiTs(document as Parameters<typeof openapiTs>[0]));
}
