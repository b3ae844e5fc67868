/** Whether relayd can open the ports that its configuration names, or has opened them: seen from another process. */
import type { Check } from './check.ts';

export interface PortFacts {
  /** As configured, such as `0.0.0.0:587`. */
  readonly at: string;
  readonly port: number;
  /**
   * `ours`: relayd listens on it. `systemd`: systemd does, for a relayd that is down. `taken`: another process does. `in-use`: one
   * of these two. `not-permitted`: this user may not open it. `no-address`: the machine does not have that address.
   */
  readonly state: 'free' | 'ours' | 'systemd' | 'taken' | 'in-use' | 'not-permitted' | 'no-address';
  /** Of `systemd`: such as `relayd-submission.socket`. */
  readonly unit?: string;
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
        remedy: `find it: ${find(taken)} (often postfix or exim4: systemctl disable --now postfix); or configure other ports`,
      };
    const inUse = inState('in-use');
    if (inUse.length > 0)
      return {
        ok: false,
        detail: `another program uses ${words(inUse)}, or systemd for a relayd that is down: systemctl did not say`,
        remedy: `find out: ${find(inUse)} as root; if it is systemd: systemctl start relayd`,
      };
    const closed = inState('not-permitted');
    if (closed.length > 0)
      return {
        ok: true,
        detail: `this user may not open ${words(closed)}`,
        remedy:
          'start relayd by its systemd unit, whose sockets open them; or configure ports from 1024 on, such as submission.listen = ["0.0.0.0:2587"]',
      };
    const held = inState('systemd');
    if (held.length > 0) {
      const units = [...new Set(all.flatMap(({ unit }) => unit ?? []))].join(', ');
      return {
        ok: true,
        detail: `systemd holds ${words(held)} for relayd (${units})`,
        remedy: 'relayd is down: systemctl start relayd',
      };
    }
    const ours = inState('ours');
    const free = inState('free').filter((port) => !ours.includes(port));
    const parts = [
      ...(ours.length > 0 ? [`relayd listens on ${words(ours)}`] : []),
      ...(free.length > 0 ? [`${words(free)} available`] : []),
    ];
    return { ok: true, detail: parts.length === 0 ? 'no port is configured' : parts.join('; ') };
  },
};

function find([port = 0]: readonly number[]): string {
  return `ss -ltnp 'sport = :${port}'`;
}

function words(numbers: readonly number[]): string {
  return `${numbers.length === 1 ? 'port' : 'ports'} ${numbers.join(', ')}`;
}
