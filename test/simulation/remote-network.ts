/**
 * The network between the relay and the MX hosts: connections come about or not, are counted against the limits of
 * their site, and are cut when the process at their end dies.
 */
import type { Connect, ConnectFailure, ConnectResult, RemoteAddress } from '../../src/smtp/client/session.ts';
import { defaultTimeouts } from '../../src/smtp/client/timeouts.ts';
import type { DeliveryLimits } from '../../src/delivery/limits.ts';
import type { Reply } from '../../src/smtp/reply.ts';
import type { Dice } from './dice.ts';
import type { Life } from './life.ts';
import type { Plan } from './plan.ts';
import type { SitePlan } from './site-plan.ts';
import { RemoteHost, type Welcome } from './remote-host.ts';
import { RemoteSession, type RemoteLink } from './remote-session.ts';
import type { ShapedLink, ShapingWatch } from './shaping/shaping-watch.ts';
import { SiteTraffic } from './site-traffic.ts';
import type { SimulatedTime } from './simulated-time.ts';
import type { Trace } from './trace.ts';
import type { Witness } from './witness.ts';

export interface NetworkPorts {
  readonly time: SimulatedTime;
  readonly trace: Trace;
  readonly ledger: Witness;
  readonly dice: Dice;
  readonly limits: DeliveryLimits;
  /** `undefined`: there are no rules of shaping. */
  readonly shaping?: ShapingWatch | undefined;
}

export class RemoteNetwork {
  readonly hosts: readonly RemoteHost[];
  readonly #ports: NetworkPorts;
  readonly #byAddress = new Map<string, RemoteHost>();
  readonly #traffic = new Map<SitePlan, SiteTraffic>();
  /** Of which process it is. */
  readonly #cuts = new Map<() => void, Life>();
  #open = 0;

  constructor(plan: Plan, ports: NetworkPorts) {
    this.#ports = ports;
    const hosts: RemoteHost[] = [];
    for (const site of plan.sites) {
      this.#traffic.set(site, new SiteTraffic(site, ports));
      for (const host of site.hosts) hosts.push(new RemoteHost(host, site, ports));
    }
    this.hosts = hosts;
    for (const host of hosts) for (const address of host.plan.addresses) this.#byAddress.set(address, host);
  }

  /** Connections of all sites, those being opened included. */
  get open(): number {
    return this.#open;
  }

  trafficOf(site: SitePlan): Pick<SiteTraffic, 'movedAtMs' | 'open'> | undefined {
    return this.#traffic.get(site);
  }

  calm(): void {
    for (const host of this.hosts) host.mood = { kind: 'well' };
    this.#ports.shaping?.hosts.calm();
  }

  /** The process died: its connections break. */
  cut(dead: Life): void {
    for (const [cut, life] of [...this.#cuts]) {
      if (life !== dead) continue;
      this.#cuts.delete(cut);
      cut();
    }
  }

  connectFor(life: Life): Connect {
    return (remote, { requireTls, signal }) =>
      new Promise<ConnectResult>((resolve) => {
        if (!life.cross('a connection is opened')) return;
        void this.#connect(life, remote, { requireTls, signal }).then((result) => {
          life.whenAwake(() => {
            if (life.cross('a connection is answered')) resolve(result);
            else if (result.kind === 'connected') result.session.destroy();
          });
        });
      });
  }

  async #connect(
    life: Life,
    remote: RemoteAddress,
    { requireTls, signal }: { readonly requireTls: boolean; readonly signal: AbortSignal | undefined },
  ): Promise<ConnectResult> {
    const { ledger, trace } = this.#ports;
    const host = this.#byAddress.get(remote.address);
    if (host === undefined) {
      ledger.promises.breaks(`a connection to the unknown address ${remote.address}`);
      return failed('connect', 'no such host');
    }
    const traffic = this.#traffic.get(host.site) as SiteTraffic;
    const shaped = this.#ports.shaping?.opened(host.site);
    const close = this.#count(host, traffic, { requireTls, shaped });
    const refusal = shaped?.greeting();
    const welcome: Welcome = refusal === undefined ? host.welcome() : { kind: 'turns-away', reply: refusal };
    trace.add(`connect ${remote.host} [${remote.address}] ${host.mood.kind}: ${welcome.kind}`);
    const fail = (failure: ConnectFailure): ConnectFailure => {
      close();
      return failure;
    };
    const { connectMs, greetingMs } = defaultTimeouts;
    const waitMs = { refuses: 1, swallows: 0, 'stays-silent': 1, 'turns-away': 2, blurts: 3, welcome: 5 }[
      welcome.kind
    ];
    const longMs = welcome.kind === 'swallows' ? connectMs : welcome.kind === 'stays-silent' ? greetingMs : 0;
    const elapsed = await this.#elapsed(host.roundTripMs() * waitMs + longMs, life, signal);
    if (!elapsed) return fail(failed('connect', 'aborted'));
    switch (welcome.kind) {
      case 'refuses':
        return fail(failed('connect', 'connection refused'));
      case 'swallows':
        return fail(failed('connect', 'timed out'));
      case 'stays-silent':
        return fail(failed('greeting', 'timed out'));
      case 'turns-away':
        return fail(failed('greeting', welcome.reply.text, welcome.reply));
      case 'blurts': {
        const text = 'the remote sent a reply that nobody asked for';
        if (host.dice.chance(0.5)) return fail(failed(welcome.stage === 'ehlo' ? 'ehlo' : 'starttls', text));
        // Or it is found out a moment later, when the session has been handed over already.
        const session = new RemoteSession(remote, host, this.#link({ life, traffic, close, shaped }));
        session.destroy();
        return { kind: 'connected', session };
      }
      case 'welcome':
        if (requireTls && !host.site.tls) return fail(failed('starttls', 'TLS is not offered'));
        return {
          kind: 'connected',
          session: new RemoteSession(remote, host, this.#link({ life, traffic, close, shaped })),
        };
    }
  }

  #link({ life, traffic, close, shaped }: LinkParts): RemoteLink {
    const { time, ledger, trace } = this.#ports;
    let cut: (() => void) | undefined;
    return {
      life,
      ledger,
      after: (delayMs, run) => time.after(delayMs, run),
      wait: (delayMs) => time.wait(delayMs),
      trace: (text) => trace.add(text),
      transactionBegins: ([first]) =>
        traffic.transactionBegins((first && this.#ports.shaping?.connectionsOf(first)) ?? ''),
      mailIsHeard: (deliveries) => {
        shaped?.begins(deliveries);
        return shaped?.mail();
      },
      transactionEnds: () => {
        traffic.moved();
        shaped?.ends();
      },
      closed: () => {
        if (cut !== undefined) this.#cuts.delete(cut);
        close();
      },
      onCut: (run) => {
        cut = run;
        this.#cuts.set(run, life);
      },
    };
  }

  /** Counts a connection against the limits, until the result is called. */
  #count(
    host: RemoteHost,
    traffic: SiteTraffic,
    { requireTls, shaped }: Pick<LinkParts, 'shaped'> & { readonly requireTls: boolean },
  ): () => void {
    const { ledger, limits } = this.#ports;
    host.connections++;
    this.#open++;
    const { hardConnections } = limits;
    ledger.promises.holds(
      this.#open <= hardConnections,
      `${this.#open} connections, ${hardConnections} are allowed`,
    );
    const end = traffic.connectionBegins(requireTls);
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      host.connections--;
      this.#open--;
      end();
      shaped?.closed();
    };
  }

  /** False when the connection was broken off by the client, or its process died. */
  #elapsed(delayMs: number, life: Life, signal: AbortSignal | undefined): Promise<boolean> {
    if (signal?.aborted === true) return Promise.resolve(false);
    return new Promise((resolve) => {
      const done = (elapsed: boolean) => {
        timer.cancel();
        this.#cuts.delete(cut);
        signal?.removeEventListener('abort', cut);
        resolve(elapsed && life.alive);
      };
      const cut = () => done(false);
      const timer = this.#ports.time.after(delayMs, () => done(true));
      this.#cuts.set(cut, life);
      signal?.addEventListener('abort', cut);
    });
  }
}

interface LinkParts {
  readonly life: Life;
  readonly traffic: SiteTraffic;
  readonly close: () => void;
  readonly shaped: ShapedLink | undefined;
}

function failed(stage: ConnectFailure['stage'], text: string, reply?: Reply): ConnectFailure {
  return { kind: 'failed', stage, reply, text };
}
