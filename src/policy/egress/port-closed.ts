/**
 * Whether the port that mail goes to is closed here: no host anywhere takes a TCP connection. Clouds drop what goes to port 25,
 * so each host alone looks as if it were down. Pure: connections in, a state out.
 *
 * Closed: connections to hosts of `SITES` different domains failed within ten minutes, and none came about since the first
 * of them. Then a probe goes on from time to time, and one connection that comes about opens it again.
 */

/** Of hosts that failed; one of them alone may be down, or dislike us. */
export const CLOSED_SITES = 3;
export const CLOSED_WITHIN_MS = 600_000;
export const PROBE_EVERY_MS = 300_000;

export interface PortState {
  /** Domains of hosts that took no connection, with the last time (monotonic), the oldest first. */
  readonly failed: ReadonlyMap<string, number>;
  readonly closed: boolean;
  /** While it is closed: nothing but a probe is sent before (monotonic). */
  readonly nextProbeMs: number;
}

export const PORT_OPEN: PortState = { failed: new Map(), closed: false, nextProbeMs: -Infinity };

/** After a connection to `host`. `reached`: it took one, whatever it said then. */
export function afterConnection(
  state: PortState,
  { host, reached, nowMs }: { readonly host: string; readonly reached: boolean; readonly nowMs: number },
): PortState {
  if (reached) return PORT_OPEN;
  const failed = new Map([...state.failed].filter(([, atMs]) => nowMs - atMs < CLOSED_WITHIN_MS));
  const domain = domainOf(host);
  failed.delete(domain);
  // More than decide are of no use.
  for (const oldest of failed.keys()) {
    if (failed.size < CLOSED_SITES) break;
    failed.delete(oldest);
  }
  failed.set(domain, nowMs);
  const closed = state.closed || failed.size >= CLOSED_SITES;
  return { failed, closed, nextProbeMs: closed ? nowMs + PROBE_EVERY_MS : -Infinity };
}

/** Mail goes by another route, if it has one: the port is closed, and it is no time for a probe. */
export function isClosed({ closed, nextProbeMs }: PortState, nowMs: number): boolean {
  return closed && nowMs < nextProbeMs;
}

/** A probe begins: the next one is later. */
export function probing(state: PortState, nowMs: number): PortState {
  return state.closed ? { ...state, nextProbeMs: nowMs + PROBE_EVERY_MS } : state;
}

/** Hosts of one operator share the last two labels; that some others do too makes it slower, never wrong. */
function domainOf(host: string): string {
  return host.startsWith('[') ? host : host.split('.').slice(-2).join('.');
}
