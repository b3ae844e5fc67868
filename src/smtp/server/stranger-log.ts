/**
 * The log of clients without a credential: connections, failed logins, requests without a key. Lines are limited by
 * client network (policy/line-ration.ts), and a minute later one line gives the number left out.
 */
import type { Clock } from '../../platform/clock.ts';
import type { Log, LogFields } from '../../platform/log.ts';
import { LineWindow, type LineRation } from '../../policy/line-ration.ts';
import { clientNetwork } from '../../platform/network/client-network.ts';

export interface StrangerLog {
  /** `client`: its address, shown in the line. */
  info(event: string, client: string, fields: LogFields): void;
  warn(event: string, client: string, fields: LogFields): void;
}

/** A minute with one line a second for each network; at most about 300 MB a day in total. */
export const STRANGERS_RATION: LineRation = { perNetwork: 60, inAll: 1_200 };
const WINDOW_MS = 60_000;

export function createStrangerLog(log: Log, clock: Clock, ration = STRANGERS_RATION): StrangerLog {
  let window = new LineWindow(ration);
  let startMs = clock.monotonic();
  let reportDue = false;

  function renew(): void {
    for (const { lines, ...whose } of window.leftOut()) log.warn('log lines left out', { ...whose, lines });
    window = new LineWindow(ration);
    startMs = clock.monotonic();
    reportDue = false;
  }

  const at = (level: 'info' | 'warn') => (event: string, client: string, fields: LogFields) => {
    if (!log.enabled(level)) return;
    const leftMs = WINDOW_MS - (clock.monotonic() - startMs);
    // Otherwise its timer renews it.
    if (leftMs <= 0 && !reportDue) renew();
    if (window.take(clientNetwork(client))) log[level](event, { client, ...fields });
    else if (!reportDue) {
      reportDue = true;
      clock.after(leftMs, renew);
    }
  };
  return { info: at('info'), warn: at('warn') };
}
