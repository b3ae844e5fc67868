/** `operation/queue/:destination/…`: counts what of a destination is meant, and holds, releases, retries or cancels it. */
import { z } from 'zod';
import { changeDeliveries, releaseDeliveries, selectDeliveries } from '../../../admin/queue.ts';
import { previewSelection } from '../../../admin/queue-preview.ts';
import { timestamp } from '../../../api-json/timestamp.ts';
import type { DeliverySelection } from '../../../store/queue-admin.ts';
import { adminContext } from '../../admin-context.ts';
import { unlessRefused } from '../../admin-refusal.ts';
import { notFound } from '../../api-error.ts';
import type { HttpApp } from '../../route-context.ts';
import type { OperationContext } from './operation-context.ts';
import { destinationNamed } from './queue.ts';
import { QueuePreview } from './queue-schemas.ts';

const Name = z.object({ destination: z.string().max(255) });
const Which = {
  account: z.string().max(255).optional().describe('Its name; default: all accounts'),
  state: z.enum(['scheduled', 'queued', 'deferred', 'held']).optional(),
};
const CHANGES = ['hold', 'release', 'retry', 'cancel'] as const;
/** Of what waits: what each can change, as `relayctl queue` counts it. */
const MEANS = { hold: 'waiting', release: 'held', retry: 'waiting', cancel: undefined } as const;

export function registerQueueChangesRoutes(app: HttpApp, context: OperationContext): void {
  app.route({
    method: 'GET',
    url: '/queue/:destination/preview',
    config: { scope: 'messages:read', relayWide: true },
    schema: {
      operationId: 'previewQueueChange',
      params: Name,
      querystring: z.strictObject({ change: z.enum(CHANGES), ...Which }),
      response: { 200: QueuePreview },
    },
    async handler(request) {
      const { change, ...which } = request.query;
      const selection = await selected(request.params.destination, which, context);
      const meant = { ...selection, state: selection.state ?? MEANS[change] };
      const preview = await previewSelection(meant, context.reader);
      return {
        deliveries: preview.deliveries,
        messages: preview.messages,
        in_progress: preview.claimed,
        oldest_at: timestamp(preview.oldestAtMs),
        accounts: preview.accounts,
      };
    },
  });
  app.route({
    method: 'POST',
    url: '/queue/:destination/change',
    config: { scope: 'send', relayWide: true },
    schema: {
      operationId: 'changeQueue',
      params: Name,
      body: z.strictObject({ change: z.enum(CHANGES), ...Which }),
      response: { 200: z.object({ changed: z.number().int().describe('Deliveries') }) },
    },
    async handler(request) {
      const { change, ...which } = request.body;
      const selection = await selected(request.params.destination, which, context);
      const admin = adminContext(context, request);
      const { changed } = unlessRefused(
        change === 'release'
          ? await releaseDeliveries(selection, admin)
          : await changeDeliveries(change, selection, admin),
      );
      return { changed };
    },
  });
}

async function selected(
  destination: string,
  {
    account: name,
    state,
  }: { readonly account?: string | undefined; readonly state?: DeliverySelection['state'] },
  { reader, clock }: OperationContext,
): Promise<DeliverySelection> {
  const account = name === undefined ? undefined : await reader.accountByName(name);
  if (name !== undefined && account === undefined) throw notFound(`there is no account ${name}`);
  const input = {
    ...{ id: undefined, destination: destinationNamed(destination), stream: undefined },
    ...{ account, state: state === 'waiting' ? undefined : state, all: false },
  };
  return unlessRefused(await selectDeliveries(input, { reader, clock }));
}
