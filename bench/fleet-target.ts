/**
 * Several relayd on one PostgreSQL as a target: a server of its own on the same machine, with fsync on and Debian's defaults,
 * and with more than one node a balancer in front, a process of its own that hands out connections in turn.
 */
import { Child } from './child.ts';
import type { DemoDns } from '../src/demo/dns.ts';
import { startPostgresServer } from '../src/demo/postgres-server.ts';
import { Relay } from '../test/e2e/support/relay-process.ts';
import { setUp, startDns, type RelayTargetOptions } from './relay-target.ts';
import type { Target } from './target.ts';

const KEY = '11'.repeat(32);

export interface FleetTarget extends Target {
  /** One for each node. */
  readonly relays: readonly Relay[];
  readonly dns: DemoDns;
  /** Of their database, as store.url names it. */
  readonly url: string;
}

export async function startFleetTarget(options: RelayTargetOptions, nodes: number): Promise<FleetTarget> {
  await using cleanup = new AsyncDisposableStack();
  const postgres = await startPostgresServer({ durable: true });
  cleanup.defer(() => postgres.stop());
  const dns = await startDns();
  cleanup.defer(() => dns.stop());
  const relays: Relay[] = [];
  for (let node = 1; node <= nodes; node++) {
    const config = {
      ...options.config,
      http: { listen: ['127.0.0.1:0'] },
      data_key: KEY,
      store: { url: postgres.url },
      node: { name: `node-${node}` },
    };
    const { nodeArguments } = options;
    const relay = new Relay({
      dnsServer: dns.server,
      mxPort: options.mxPort,
      config,
      ...(nodeArguments === undefined ? {} : { nodeArguments }),
    });
    cleanup.defer(() => relay.dispose());
    await relay.start();
    cleanup.defer(async () => {
      await relay.stop();
    });
    relays.push(relay);
  }
  const [first] = relays;
  if (first === undefined) throw new Error('a fleet has at least one node');
  const target = await setUp(first, dns, options.dkim);
  let { port } = target;
  if (nodes > 1) {
    const balancer = new Child(
      'balancer.ts',
      relays.map((relay) => relay.port),
    );
    cleanup.defer(() => balancer.stop());
    ({ port } = await balancer.next<{ port: number }>(10_000));
  }
  const opened = cleanup.move();
  return {
    ...target,
    name: `postgres-${nodes}`,
    port,
    relays,
    dns,
    url: postgres.url,
    pids: () => relays.map((relay) => relay.pid),
    databasePids: () => [postgres.pid],
    stop: () => opened.disposeAsync(),
  };
}
