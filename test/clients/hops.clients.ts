/** Other people's proxies as hops of a source: microsocks speaks SOCKS5 (RFC 1928), HAProxy reads the PROXY protocol. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectSource } from '../../src/smtp/client/session.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from '../e2e/support/stage.ts';
import { eventually } from '../support/eventually.ts';
import { startFakeMx, type FakeMx } from '../support/fake-mx.ts';
import { connected, connectTo, outbound, repliesOf } from '../support/outbound.ts';
import { freePorts } from './support/smart-hosts.ts';
import { missing, Unpacked } from './support/unpacked.ts';

const ADDRESS = '127.0.0.7';

interface HopProgram {
  readonly client: string;
  readonly kind: NonNullable<ConnectSource['hop']>['kind'];
  readonly configuration?: (port: number) => readonly [file: string, content: string];
  readonly daemon: (port: number) => string;
  /** What a remote that refuses the connection looks like. */
  readonly refusal: Readonly<Record<string, unknown>>;
}

const HOPS: readonly HopProgram[] = [
  {
    client: 'microsocks',
    kind: 'socks5',
    daemon: (port) => `exec microsocks -i 127.0.0.1 -p ${port} -b ${ADDRESS}`,
    refusal: { stage: 'connect', text: expect.stringMatching(/connection refused$/) },
  },
  {
    client: 'haproxy',
    kind: 'proxy-protocol',
    configuration: (port) => [
      '/etc/haproxy/haproxy.cfg',
      `defaults
  mode tcp
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen outbound
  bind 127.0.0.1:${port} accept-proxy
  use-server seven if { src ${ADDRESS} }
  server seven * source ${ADDRESS}
`,
    ],
    daemon: () => 'exec haproxy -db -f /etc/haproxy/haproxy.cfg',
    refusal: { stage: 'greeting', reply: undefined },
  },
];

describe.each(HOPS)('$client as a hop', ({ client, kind, configuration, daemon, refusal }) => {
  const why = missing(client);
  const named = (what: string) => (why === undefined ? what : `${what} (${why})`);
  let mx: FakeMx;
  let hop: Unpacked;
  let source: ConnectSource;

  beforeAll(async () => {
    if (why !== undefined) return;
    mx = await startFakeMx();
    const [port = 0] = await freePorts(1);
    hop = new Unpacked(client);
    const file = configuration?.(port);
    if (file !== undefined) hop.write(...file);
    hop.start(daemon(port));
    source = {
      localAddress: ADDRESS,
      hostname: 'out7.relay.test',
      hop: { kind, at: { host: '127.0.0.1', port } },
    };
    await eventually(
      async () => {
        const result = await connectTo(mx, { source });
        if (result.kind === 'connected') await result.session.quit();
        return result.kind === 'connected';
      },
      { what: `${client} to connect onwards`, timeoutMs: 20_000 },
    ).catch((error: unknown) => {
      throw new Error(hop.logs(), { cause: error });
    });
  });
  afterAll(async () => {
    if (why !== undefined) return;
    hop[Symbol.dispose]();
    await mx.close();
  });

  it.skipIf(why !== undefined)(named('connects from the source’s address, in TLS'), async () => {
    const session = connected(await connectTo(mx, { source }));
    expect(session.tls).toMatch(/^TLSv1\.3 /);
    expect(repliesOf(await session.transact(outbound(['a@x.test'])))[0]?.reply.code).toBe(250);
    await session.quit();
    expect(mx.messages.at(-1)).toMatchObject({ clientAddress: ADDRESS, helo: 'out7.relay.test' });
  });

  it.skipIf(why !== undefined)(named('tells of a remote that refuses'), async () => {
    const gone = await startFakeMx();
    await gone.close();
    const result = await connectTo(gone, { source });
    expect(result).toMatchObject({ kind: 'failed', ...refusal });
    expect(result).not.toHaveProperty('localClass');
  });

  it.skipIf(why !== undefined)(named('is gone through by the relay whose source has it'), async () => {
    const at = source.hop?.at ?? { host: '', port: 0 };
    await using stage = await Stage.start({
      config: {
        source: [
          {
            name: 'seven',
            address: ADDRESS,
            hostname: 'out7.relay.test',
            hop: `${kind}://${at.host}:${at.port}`,
          },
        ],
      },
    });
    const session = await stage.session();
    const from = `shop@${SENDER_DOMAIN}`;
    const to = `a@${RECIPIENT_DOMAIN}`;
    const content = `From: <${from}>\r\nTo: ${to}\r\nSubject: Order 4711\r\n\r\nbody text\r\n`;
    await stage.settled(await session.submitForId({ from, to, content }));
    await session.quit();
    expect(await stage.received(to)).toMatchObject({ clientAddress: ADDRESS, helo: 'out7.relay.test' });
  });
});
