/** `suppression-files/…`: suppressions from and as a file, in the forms of `relayctl suppression import` and `export`. */
import { Readable } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { importDefaults, importSuppressions } from '../../../admin/suppression-import.ts';
import { EXPORT_FORMS } from '../../../admin/suppression-files/export-forms.ts';
import { countKnown, FILE_FORMATS, readFile, rowReader } from '../../../admin/suppression-files/read-file.ts';
import { scopeName } from '../../../api-json/suppression-json.ts';
import { PROVIDERS } from '../../../admin/suppression-files/provider-records.ts';
import { eventLoop } from '../../../platform/event-loop.ts';
import { OneAtATime, TooManyWaitingError } from '../../../platform/one-at-a-time.ts';
import { addressHashesOf } from '../../../store/hashed-addresses.ts';
import { SUPPRESSION_REASONS, type Suppression } from '../../../store/suppression-records.ts';
import { adminContext } from '../../admin-context.ts';
import { unlessRefused } from '../../admin-refusal.ts';
import { invalidField, tooManyRequests } from '../../api-error.ts';
import { readBody } from '../../read-body.ts';
import type { HttpApp, RouteContext } from '../../route-context.ts';
import { listOf } from '../../schemas.ts';

/** Some 100,000 lines; larger files are for `relayctl suppression import`. */
export const MOST_FILE_BYTES = 10 * 1024 * 1024;
const FILE_TYPE = 'application/octet-stream';
const MOST_WAITING = 4;
const PAGE = 1_000;
const EXPORT_FORMATS = ['csv', ...PROVIDERS] as const;

const ImportView = z.object({
  written: z.boolean().describe('False: it was a look alone'),
  rows: z.int(),
  added: z.int().describe('New ones, or that last longer than before'),
  known: z.int().describe('There already'),
  expired: z.int().describe('Their time is over: left out'),
  wrong: z.int().describe('Left out'),
  problems: listOf(z.object({ line: z.int(), problem: z.string() })).describe('The first 50 wrong lines'),
});

export function registerSuppressionFileRoutes(app: HttpApp, context: RouteContext): void {
  importFile(app, context);
  exportFile(app, context);
}

function importFile(app: HttpApp, context: RouteContext): void {
  const turns = new OneAtATime(MOST_WAITING);
  app.addContentTypeParser(FILE_TYPE, (request: FastifyRequest, payload: IncomingMessage) =>
    readBody(payload, request.route.bodyLimit, request.exchange),
  );
  app.route({
    method: 'POST',
    url: '/suppression-files',
    config: { scope: 'suppressions' },
    bodyLimit: MOST_FILE_BYTES,
    schema: {
      operationId: 'importSuppressionFile',
      querystring: z.strictObject({
        write: z.enum(['yes', 'no']).default('no').describe('no: say what would be done'),
        format: z.enum(FILE_FORMATS).optional().describe('Default: as the first line looks'),
        stream: z.string().max(64).optional().describe('Of rows without a scope; default: the whole account'),
        reason: z.enum(SUPPRESSION_REASONS).optional(),
      }),
      response: { 200: ImportView },
    },
    async handler(request) {
      const { body, query, credential } = request;
      if (!Buffer.isBuffer(body)) throw invalidField('body', `accepted: a file, as ${FILE_TYPE}`);
      const work = () => imported(body, query, credential.accountId, adminContext(context, request), context);
      return await turns.run(credential.accountId, work).catch((error: unknown) => {
        if (!(error instanceof TooManyWaitingError)) throw error;
        throw tooManyRequests('other files are being imported; try again in 10 seconds', 10);
      });
    },
  });
}

interface ImportQuery {
  readonly write: 'yes' | 'no';
  readonly format?: (typeof FILE_FORMATS)[number] | undefined;
  readonly stream?: string | undefined;
  readonly reason?: Suppression['reason'] | undefined;
}

async function imported(
  body: Buffer,
  { write, format, stream, reason }: ImportQuery,
  accountId: string,
  admin: ReturnType<typeof adminContext>,
  { reader, box }: Pick<RouteContext, 'reader' | 'box'>,
): Promise<z.infer<typeof ImportView>> {
  const input = {
    ...{ accountId, accountIsFixed: true, stream, reason: reason ?? 'import' },
    ...{ expiresAtMs: undefined, evidence: '' },
  } as const;
  const defaults = unlessRefused(await importDefaults(input, admin), { stream: 'query.stream' });
  const file = await readFile(body, rowReader(format, defaults, reason), eventLoop);
  const { suppressions, rows, expired, wrong, problems } = file;
  const counts = { rows, expired, wrong, problems };
  if (write === 'no') {
    const known = await countKnown(suppressions, reader, eventLoop);
    return { written: false, ...counts, added: suppressions.length - known, known };
  }
  const added =
    suppressions.length === 0 ? 0 : await importSuppressions(suppressions, true, admin, addressHashesOf(box));
  return { written: true, ...counts, added, known: suppressions.length - added };
}

function exportFile(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/suppression-files',
    config: { scope: 'suppressions' },
    schema: {
      querystring: z.strictObject({
        format: z.enum(EXPORT_FORMATS).default('csv'),
        stream: z.string().max(64).optional().describe('Of this stream; `account`: of the whole account'),
        reason: z.enum(SUPPRESSION_REASONS).optional(),
      }),
    },
    async handler({ credential, query: { format, stream, reason } }, reply) {
      const isMeant = (one: Suppression) =>
        (stream === undefined || scopeName(one.scope) === stream) &&
        (reason === undefined || one.reason === reason);
      const lines = linesOf(credential.accountId, EXPORT_FORMS[format], isMeant, context);
      return await reply
        .header('content-disposition', `attachment; filename="suppressions-${format}.txt"`)
        .type(FILE_TYPE)
        .send(Readable.from(lines));
    },
  });
}

/** Page by page, as fast as the client reads. */
async function* linesOf(
  accountId: string,
  form: (typeof EXPORT_FORMS)['csv'],
  isMeant: (one: Suppression) => boolean,
  { reader, clock }: Pick<RouteContext, 'reader' | 'clock'>,
): AsyncIterable<string> {
  const nowMs = clock.now();
  if (form.head !== '') yield form.head;
  let isFirst = true;
  let after: string | undefined;
  for (;;) {
    const page = await reader.listSuppressions(accountId, after, PAGE);
    let text = '';
    for (const one of page) {
      if ((one.expiresAtMs !== undefined && one.expiresAtMs <= nowMs) || !isMeant(one)) continue;
      text += form.line(one, isFirst);
      isFirst = false;
    }
    if (text !== '') yield text;
    after = page.at(-1)?.address;
    if (after === undefined || page.length < PAGE) break;
  }
  if (form.tail !== '') yield form.tail;
}
