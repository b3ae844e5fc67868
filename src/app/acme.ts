/**
 * Certificates by ACME, if `acme.enabled` is set: the listener for challenges, and the service that orders. The client of
 * the authority is loaded at the first order, so that a relay with valid certificates does not hold it in memory.
 */
import { readFileSync } from 'node:fs';
import type { AcmeService } from '../acme/acme-service.ts';
import type { Challenges } from '../acme/challenges.ts';
import type { PlaceOrder } from '../acme/order-contract.ts';
import type { AlpnResponder } from '../http/http-ports.ts';
import type { HostPort } from '../platform/network/host-port.ts';
import type { InheritedListeners } from './inherited-listeners.ts';
import type { RelayCore } from './relay-core.ts';
import { programVersion } from './version.ts';

/** Listens for challenges; {@link Acme.begin} orders. */
export interface Acme {
  /** For `http.listen_tls` and `http.public_listen_tls`; `undefined`: TLS-ALPN-01 is not answered. */
  readonly alpn: AlpnResponder | undefined;
  /** Where challenges are answered over HTTP. */
  readonly addresses: readonly HostPort[];
  /** `onIssued`: a certificate has been put in place. */
  begin(onIssued: () => void): AcmeService;
}

/** `cleanup` closes everything that was opened. Rejects with BindError. */
export async function openAcmeIfAsked(
  core: RelayCore,
  inherited: InheritedListeners['acme'],
  cleanup: AsyncDisposableStack,
): Promise<Acme | undefined> {
  const { config, log } = core;
  if (!config.acme.enabled) return undefined;
  const [service, listening, pending] = await Promise.all([
    import('../acme/acme-service.ts'),
    import('../acme/challenge-listener.ts'),
    import('../acme/challenges.ts'),
  ]);
  const challenges = new pending.Challenges();
  const listener = await listening.openChallengeListener({
    listen: config.acme.listen,
    inherited,
    challenges,
    log,
  });
  cleanup.defer(() => listener.stop());
  const { listenTls, publicListenTls } = config.http;
  const overTls = listenTls.length + publicListenTls.length > 0;
  const kinds = [
    ...(listener.addresses.length > 0 ? (['http-01'] as const) : []),
    ...(overTls ? (['tls-alpn-01'] as const) : []),
  ];
  return {
    addresses: listener.addresses,
    alpn: overTls ? alpnOf(challenges, pending.ALPN_PROTOCOL) : undefined,
    begin(onIssued) {
      const started = new service.AcmeService({
        ...core,
        readCa: (file) => readFileSync(file, 'utf8'),
        version: programVersion(),
        placeOrder: placeOrderOf(core),
        kinds,
        challenges,
        onIssued,
      });
      cleanup.defer(() => started.stop());
      started.lookNow();
      return started;
    },
  };
}

function placeOrderOf(core: RelayCore): PlaceOrder {
  return async (request, events, ending) => {
    const { placeOrder } = await import('../acme/order.ts');
    return await placeOrder(request, events, { ...core, ending });
  };
}

function alpnOf(challenges: Challenges, protocol: string): AlpnResponder {
  return { protocol, context: (serverName) => challenges.alpnContext(serverName) };
}
