/** Sockets that systemd opened: they are served, each as its name or its port says, and no other port is opened. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Relay, type TomlTables } from './support/relay-process.ts';
import { SmtpTalk } from './support/smtp-talk.ts';

interface Listening {
  readonly port: number;
  readonly fd: number;
}

let servers: Server[];
let relay: Relay;
beforeEach(() => {
  servers = [];
});
afterEach(() => relay.dispose());

async function listening(): Promise<Listening> {
  const server = createServer();
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // What systemd does in C: the descriptor is all that goes over.
  const { fd } = (server as unknown as { readonly _handle: { readonly fd: number } })._handle;
  return { port: (server.address() as AddressInfo).port, fd };
}

/** Starts relayd with `sockets`, `LISTEN_PID` being its own. */
async function startWith(
  sockets: readonly (Listening & { readonly name: string })[],
  submission: Readonly<Record<string, readonly string[]>>,
  others: TomlTables = {},
) {
  relay = new Relay({
    dnsServer: '127.0.0.1:1',
    mxPort: 1,
    sockets,
    launcher: ['sh', '-c', 'LISTEN_PID=$$ exec "$@"', 'sh'],
  });
  relay.configure({ submission, ...others });
  const starting = relay.start();
  // The child has its own descriptors.
  for (const server of servers) server.close();
  await starting;
}

/** What `status` says that relayd listens on. */
async function listeners(): Promise<readonly unknown[]> {
  // Its exit code is that of the checks, and there is no DNS here.
  const { listeners: all, warnings } = JSON.parse((await relay.ctlRaw(['status', '--json'])).stdout) as {
    readonly listeners: readonly { readonly port: number; readonly tls: string }[];
    readonly warnings: readonly string[];
  };
  expect(warnings).toEqual([]);
  return all.map(({ port, tls }) => [port, tls]);
}

test('only they are served; listen and listen_tls open nothing, and empty lists are no matter', async () => {
  const [starttls, tls] = [await listening(), await listening()];
  await startWith(
    [
      { ...starttls, name: 'submission' },
      { ...tls, name: 'submissions' },
    ],
    { listen: [], listen_tls: [] },
  );
  expect(await listeners()).toEqual([
    [starttls.port, 'starttls'],
    [tls.port, 'implicit'],
  ]);
  expect(relay.log()).not.toContain('nobody can submit mail');
  (await SmtpTalk.connect({ port: starttls.port }))[Symbol.dispose]();
  (await SmtpTalk.connect({ port: tls.port, implicitTls: true }))[Symbol.dispose]();
});

test('a socket without such a name speaks TLS at once when its port is one of listen_tls', async () => {
  const [starttls, tls] = [await listening(), await listening()];
  const name = 'relayd.socket';
  await startWith(
    [
      { ...starttls, name },
      { ...tls, name },
    ],
    { listen: ['127.0.0.1:0'], listen_tls: [`0.0.0.0:${tls.port}`] },
  );
  expect(await listeners()).toEqual([
    [starttls.port, 'starttls'],
    [tls.port, 'implicit'],
  ]);
  (await SmtpTalk.connect({ port: tls.port, implicitTls: true }))[Symbol.dispose]();
});

test('the port for reports and the API are served on theirs, and open no other', async () => {
  const [smtp, http] = [await listening(), await listening()];
  await startWith(
    [
      { ...smtp, name: 'smtp' },
      { ...http, name: 'http' },
    ],
    {},
    {
      inbound: { listen: ['127.0.0.1:0'], postmaster: 'postmaster@elsewhere.test' },
      http: { listen: ['127.0.0.1:0'] },
    },
  );
  expect(relay.listeners()).toMatchObject({
    // Those of the configuration: no socket came for submission.
    submission: [{ tls: 'starttls' }, { tls: 'implicit' }],
    inbound: [{ port: smtp.port, tls: 'starttls' }],
    http: [{ port: http.port, tls: false }],
  });
  (await SmtpTalk.connect({ port: smtp.port }))[Symbol.dispose]();
  expect((await fetch(`http://127.0.0.1:${http.port}/healthz`)).status).toBe(200);
});

test('the port for challenges of certificates is served on its socket, and the configured one is not opened', async () => {
  const [submission, acme] = [await listening(), await listening()];
  await startWith(
    [
      { ...submission, name: 'submission' },
      { ...acme, name: 'acme' },
    ],
    {},
    { acme: { enabled: true, directory: 'https://127.0.0.1:1/dir', listen: ['127.0.0.1:0'] } },
  );
  expect(relay.listeners()).toMatchObject({ acme: [{ port: acme.port }] });
  const answer = await fetch(`http://127.0.0.1:${acme.port}/.well-known/acme-challenge/x`);
  expect([answer.status, await answer.text()]).toEqual([404, 'not found\n']);
});

test('a socket for challenges without acme.enabled is left alone, and the log says what it needs', async () => {
  const [submission, acme] = [await listening(), await listening()];
  await startWith(
    [
      { ...submission, name: 'submission' },
      { ...acme, name: 'acme' },
    ],
    {},
  );
  expect(relay.log()).toContain('set acme.enabled and acme.listen');
});

test('a socket for reports without inbound.listen is left alone, and the log says what it needs', async () => {
  const [submission, smtp] = [await listening(), await listening()];
  await startWith(
    [
      { ...submission, name: 'submission' },
      { ...smtp, name: 'smtp' },
    ],
    {},
  );
  expect(relay.listeners().inbound).toEqual([]);
  expect(relay.log()).toContain('set inbound.listen and inbound.postmaster');
});
