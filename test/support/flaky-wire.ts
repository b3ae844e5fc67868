/**
 * A wire to a server that a test can take away: connections pass, hang (nothing crosses, nothing is closed, as when a cable
 * is pulled), come late, are cut, or are refused. What hung crosses when they pass again.
 */
import net from 'node:net';

export interface FlakyWire {
  readonly port: number;
  /** From now on nothing crosses, on connections old and new. */
  hang(): void;
  /** Each chunk crosses so much later. */
  slow(delayMs: number): void;
  /** Closes all connections and refuses new ones. */
  cut(): void;
  pass(): void;
  /** New connections go there. */
  leadTo(target: net.NetConnectOpts): void;
  stop(): Promise<void>;
}

type Mode = { readonly kind: 'pass' | 'hang' | 'cut' } | { readonly kind: 'slow'; readonly delayMs: number };

/** `target`: where it leads, such as a Unix socket. */
export async function startFlakyWire(target: net.NetConnectOpts): Promise<FlakyWire> {
  let mode: Mode = { kind: 'pass' };
  let leadsTo = target;
  const pairs = new Set<readonly [net.Socket, net.Socket]>();
  const held: (() => void)[] = [];
  const cross = (write: () => void) => {
    if (mode.kind === 'hang') held.push(write);
    else if (mode.kind === 'slow') setTimeout(write, mode.delayMs);
    else write();
  };
  const server = net.createServer((client) => {
    if (mode.kind === 'cut') {
      client.destroy();
      return;
    }
    const upstream = net.connect(leadsTo);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    const closed = () => {
      pairs.delete(pair);
      for (const end of pair) end.destroy();
    };
    for (const [from, to] of [pair, [upstream, client] as const]) {
      from.on('data', (chunk) => cross(() => void to.write(chunk)));
      from.on('error', closed).on('close', () => cross(closed));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    hang: () => (mode = { kind: 'hang' }),
    slow: (delayMs) => (mode = { kind: 'slow', delayMs }),
    cut() {
      mode = { kind: 'cut' };
      for (const pair of pairs) for (const end of pair) end.destroy();
    },
    pass() {
      mode = { kind: 'pass' };
      for (const write of held.splice(0)) write();
    },
    leadTo: (next) => void (leadsTo = next),
    async stop() {
      for (const pair of pairs) for (const end of pair) end.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
