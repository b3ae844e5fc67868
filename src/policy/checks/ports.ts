/** Whether relayd can open the ports that its configuration names, or has opened them: seen from another process. */
import type { Check } from './check.ts';

export interface PortFacts {
  /** As configured, such as `0.0.0.0:587`. */
  readonly at: string;
  readonly port: number;
  /**
   * `ours`: relayd listens on it. `taken`: another process does. `not-permitted`: this user may not open it. `no-address`: the
   * machine does not have that address.
   */
  readonly state: 'free' | 'ours' | 'taken' | 'not-permitted' | 'no-address';
}

export interface PortsFacts {
  readonly ports: readonly PortFacts[];
}

export const ports: Check<PortsFacts> = {
  reason: 'a port is not free',
  stopsMail: false,
  look({ ports: all }) {
    const inState = (state: PortFacts['state']) => [
      ...new Set(all.filter((one) => one.state === state).map(({ port }) => port)),
    ];
    const taken = inState('taken');
    if (taken.length > 0)
      return {
        ok: false,
        detail: `another program uses ${words(taken)}`,
        remedy: `find it: ss -ltnp 'sport = :${taken[0] ?? ''}' (often postfix or exim4: systemctl disable --now postfix; systemd holds the sockets of a relayd that is down: systemctl start relayd); or configure other ports`,
      };
    const closed = inState('not-permitted');
    if (closed.length > 0)
      return {
        ok: true,
        detail: `this user may not open ${words(closed)}`,
        remedy:
          'start relayd by its systemd unit, whose sockets open them; or configure ports from 1024 on, such as submission.listen = ["0.0.0.0:2587"]',
      };
    const ours = inState('ours');
    const free = inState('free').filter((port) => !ours.includes(port));
    const parts = [
      ...(ours.length > 0 ? [`relayd listens on ${words(ours)}`] : []),
      ...(free.length > 0 ? [`${words(free)} available`] : []),
    ];
    return { ok: true, detail: parts.length === 0 ? 'no port is configured' : parts.join('; ') };
  },
};

function words(numbers: readonly number[]): string {
  return `${numbers.length === 1 ? 'port' : 'ports'} ${numbers.join(', ')}`;
}
