/** The requests of relayctl to a running relay over its control socket (control/), and their handlers. */
import type { AcmeService, Renewal } from '../acme/acme-service.ts';
import type { Config } from '../config/config.ts';
import { ControlError, startControlServer, type ControlServer } from '../control/control-server.ts';
import type { RelayReport } from '../control/protocol.ts';
import type { Resolver } from '../dns/resolver.ts';
import { SecretBoxError, type SecretBox } from '../platform/secret-box.ts';
import type { DirectoryReader } from '../store/directory.ts';
import { StoreError } from '../store/errors.ts';
import type { WebhookAttempt, WebhookReader } from '../store/webhooks.ts';
import { clearLoginsNow, loginsReport } from './login-report.ts';
import { testWebhook } from '../admin/webhooks/test-webhook.ts';
import type { CheckWatch } from '../upkeep/check-watch.ts';
import type { Notices } from '../upkeep/notices/notices.ts';
import type { SurroundingsWatch } from '../upkeep/surroundings-watch.ts';
import type { DeliveryThread } from './delivery-thread.ts';
import type { ReloadOutcome } from './reload.ts';
import type { LocalSendContext } from './send-locally.ts';
import { programVersion } from './version.ts';

export interface ControlOptions extends LocalSendContext {
  /** Live (config/live-config.ts); the file may not say so any more. */
  readonly config: Config;
  readonly checks: CheckWatch;
  readonly surroundings: Pick<SurroundingsWatch, 'lookAgain'>;
  readonly notices: Notices;
  readonly reader: LocalSendContext['reader'] &
    Pick<DirectoryReader, 'credentialByUsername'> &
    Pick<WebhookReader, 'webhookById'>;
  readonly box: SecretBox;
  readonly resolver: Resolver;
  /** `undefined`: `acme.enabled` is false. */
  readonly orders: Pick<AcmeService, 'renew'> | undefined;
  readonly reload: () => Promise<ReloadOutcome>;
  readonly delivery: Pick<DeliveryThread, 'sessionsOf'>;
}

export async function startControl(options: ControlOptions): Promise<ControlServer> {
  const { config, checks, clock, log } = options;
  return await startControlServer({
    dataDir: config.dataDir,
    clock,
    log,
    handlers: {
      status: async () => await reportOf(checks),
      'look-again': ({ domains }) => {
        options.surroundings.lookAgain(domains);
        return Promise.resolve({ soon: true as const });
      },
      reload: async () => {
        const outcome = await options.reload();
        if (outcome.kind === 'failed') throw new ControlError('reload-failed', outcome.reason);
        return { needsRestart: outcome.needsRestart };
      },
      sessions: ({ destination }) => options.delivery.sessionsOf(destination),
      logins: async (request) =>
        await explained(
          loginsReport(request, { ...options, throttle: options.acceptance.throttle }, clock.now()),
        ),
      'login-clear': (request) =>
        Promise.resolve(clearLoginsNow(request, options.acceptance.throttle, clock.now())),
      'certificate-renew': async ({ name }) => ({ renewals: await renew(name, options) }),
      'webhook-test': async ({ id }) => await explained(testById(id, options)),
      'operator-test': async () => ({ ways: await options.notices.test() }),
      send: async (request) => {
        const { sendLocally } = await import('./send-locally.ts');
        return await explained(sendLocally(request, options));
      },
    },
  });
}

/** Errors that an operator can fix are returned; the others are internal and go to the log. */
async function explained<Answer>(work: Promise<Answer>): Promise<Answer> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StoreError || error instanceof SecretBoxError)
      throw new ControlError(error.code, error.message);
    throw error;
  }
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

async function renew(
  name: string | undefined,
  { orders, config }: ControlOptions,
): Promise<readonly Renewal[]> {
  if (orders === undefined)
    throw new ControlError(
      'acme-off',
      'acme.enabled is false, so relayd orders none; that of tls.cert is renewed by the program that it came by (certbot renew)',
    );
  const { names } = config.acme;
  if (name !== undefined && !names.includes(name))
    throw new ControlError('not-found', `${name} is not in acme.names, which has ${names.join(', ')}`);
  return await orders.renew(name === undefined ? names : [name]);
}

async function testById(id: string, options: ControlOptions): Promise<WebhookAttempt> {
  const { config, reader, resolver, box, clock, random } = options;
  const webhook = await reader.webhookById(id);
  if (webhook === undefined) throw new ControlError('not-found', `there is no webhook ${id}`);
  const { allowPrivateAddresses } = config.webhooks;
  const guard = { resolver, allowPrivateAddresses };
  return await testWebhook(webhook, { guard, version: programVersion(), box, clock, random });
}
