/** One session with a smart host up to the point of MAIL, with the client that delivers, then QUIT. */
import { createConnect } from '../smtp/client/client.ts';
import type { ConnectFailure } from '../smtp/client/session.ts';
import { systemClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { isIPv6 } from 'node:net';
import type { SmartHostOutcome } from '../policy/checks/smart-hosts.ts';
import type { SmartHost } from '../policy/egress/route-rules.ts';
import type { Source } from '../policy/egress/source.ts';

const WITHIN_MS = 20_000;

/** `hostname`: in EHLO where no source says another. */
export async function trySmartHost(
  { host, port, tls, login }: SmartHost,
  address: string,
  source: Source | undefined,
  hostname: string,
): Promise<SmartHostOutcome> {
  const localAddress = source?.addresses.find((one) => isIPv6(one) === isIPv6(address));
  if (source !== undefined && localAddress === undefined)
    return { kind: 'unknown', reason: `source ${source.name} has no address of the family of ${address}` };
  const abort = new AbortController();
  const timer = systemClock.after(WITHIN_MS, () => abort.abort());
  const connect = createConnect({ hostname, clock: systemClock, log: silentLog });
  try {
    const result = await connect(
      { host, address, port },
      {
        requireTls: false,
        signal: abort.signal,
        smartHost: { tls, login },
        ...(source !== undefined && localAddress !== undefined && { source: { ...source, localAddress } }),
      },
    );
    if (result.kind === 'failed')
      return {
        kind: 'failed',
        stage: result.stage,
        reason: abort.signal.aborted ? 'no answer in time' : wordsOf(result),
      };
    const { tls: used } = result.session;
    await result.session.quit();
    return { kind: 'ready', tls: used };
  } finally {
    timer.cancel();
  }
}

function wordsOf({ reply, text }: ConnectFailure): string {
  return reply === undefined
    ? text
    : [reply.code, reply.status, reply.text].filter((part) => part !== undefined).join(' ');
}
