/**
 * The way to a remote: from the address that the system chooses, from the source's, or through the source's hop. What fails
 * on this side of the remote is a failure of this relay's (policy/local-failures.ts).
 */
import { connect, type Socket } from 'node:net';
import type { Clock } from '../../platform/clock.ts';
import { formatHostPort } from '../../platform/network/host-port.ts';
import { familyOf } from '../../platform/network/ip-address.ts';
import { failure, failureHere } from './connect-failure.ts';
import { proxyHeader } from './proxy-header.ts';
import type { ConnectFailure, ConnectSource, RemoteAddress } from './session.ts';
import { askSocks } from './socks.ts';
import type { SmtpWire } from './wire.ts';

/** A socket on its way to the remote, or to the hop. Errors are emitted later. */
export function dial(remote: RemoteAddress, source: ConnectSource | undefined): Socket {
  const { host, port } = source?.hop?.at ?? { host: remote.address, port: remote.port };
  return connect({
    host,
    port,
    noDelay: true,
    autoSelectFamily: false,
    ...(source !== undefined && source.hop === undefined && { localAddress: source.localAddress }),
  });
}

/** Before {@link dial}: why the source cannot reach such an address. A SOCKS5 server chooses the address itself. */
export function unfit(remote: RemoteAddress, source: ConnectSource): ConnectFailure | undefined {
  if (source.hop?.kind === 'socks5') return undefined;
  if (familyOf(source.localAddress) === familyOf(remote.address)) return undefined;
  return failureHere(`${source.localAddress} is not of the family of ${remote.address}`);
}

/** Resolves when the wire leads to the remote: `undefined`, or why not. All within `connectMs`. */
export async function reach(
  wire: SmtpWire,
  remote: RemoteAddress,
  source: ConnectSource | undefined,
  { clock, connectMs }: { readonly clock: Clock; readonly connectMs: number },
): Promise<ConnectFailure | undefined> {
  const untilMs = clock.monotonic() + connectMs;
  await wire.connected(connectMs);
  const hop = source?.hop;
  if (hop === undefined) {
    if (wire.ended === undefined) return undefined;
    return wire.endedAtBind
      ? failureHere(`${source?.localAddress ?? 'the source'}: ${wire.ended}`)
      : failure('connect', wire.ended);
  }
  const at = formatHostPort(hop.at);
  if (wire.ended !== undefined) return failureHere(`the hop ${at}: ${wire.ended}`);
  if (hop.kind === 'proxy-protocol') {
    wire.write(proxyHeader(source?.localAddress ?? '', remote));
    return undefined;
  }
  const refusal = await askSocks(wire, remote, () => Math.max(1, Math.ceil(untilMs - clock.monotonic())));
  if (refusal === undefined) return undefined;
  wire.destroy(refusal.text);
  return refusal.by === 'hop'
    ? failureHere(`the hop ${at}: ${refusal.text}`)
    : failure('connect', `through the hop ${at}: ${refusal.text}`);
}
