/** What relayctl may ask of a running relay over its control socket (control/), and what answers it. */
import type { Config } from '../config/config.ts';
import { ControlError, startControlServer, type ControlServer } from '../control/control-server.ts';
import type { RelayReport } from '../control/protocol.ts';
import type { Resolver } from '../dns/resolver.ts';
import type { Log } from '../platform/log.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import type { WebhookAttempt, WebhookReader } from '../store/webhooks.ts';
import { testWebhook } from '../webhook/webhook-admin.ts';
import type { CheckWatch } from './check-watch.ts';
import { sendLocally, type LocalSendNeeds } from './send-locally.ts';
import { programVersion } from './version.ts';

export interface ControlNeeds extends LocalSendNeeds {
  /** The one in force, which the file may not say any more. */
  readonly config: () => Config;
  readonly checks: CheckWatch;
  readonly reader: LocalSendNeeds['reader'] & Pick<WebhookReader, 'webhookById'>;
  readonly box: SecretBox;
  readonly resolver: Resolver;
  readonly log: Log;
}

export async function startControl(needs: ControlNeeds): Promise<ControlServer> {
  const { config, checks, clock, log } = needs;
  return await startControlServer({
    dataDir: config().dataDir,
    clock,
    log,
    handlers: {
      status: async () => await reportOf(checks),
      'webhook-test': async ({ id }) => await testById(id, needs),
      send: async (request) => await sendLocally(request, needs),
    },
  });
}

async function reportOf(checks: CheckWatch): Promise<RelayReport> {
  const results = await checks.results();
  const shown = results.map(({ name, ok, sinceMs, detail, remedy }) => ({
    name,
    ok,
    sinceMs,
    detail,
    remedy,
  }));
  return { pid: process.pid, checks: shown };
}

async function testById(id: string, needs: ControlNeeds): Promise<WebhookAttempt> {
  const { config, reader, resolver, box, clock, random } = needs;
  const webhook = reader.webhookById(id);
  if (webhook === undefined) throw new ControlError('not-found', `there is no webhook ${id}`);
  const { allowPrivateAddresses } = config().webhooks;
  const guard = { resolver, allowPrivateAddresses };
  return await testWebhook(webhook, { guard, version: programVersion(), box, clock, random });
}
