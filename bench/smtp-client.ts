/**
 * Delivery's SMTP client against nodemailer's connection, which the project would otherwise use: messages a second and
 * this process's CPU a message, to a sink in a process of its own. Decides docs/adr/0001-own-smtp-client.md.
 *
 * `npx node bench/smtp-client.ts [messages] [connections] [octets]`
 */
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { createConnect } from '../src/smtp/client/client.ts';
import type { OutboundTransaction, ClientSession } from '../src/smtp/client/session.ts';
import { systemClock } from '../src/platform/clock.ts';
import { silentLog } from '../src/platform/log.ts';
import { Child } from './child.ts';

const [messages = 40_000, connections = 20, sizeBytes = 4_096] = process.argv.slice(2).map(Number);
const ROUNDS = 3;
const FROM = 'sender@example.com';
const TO = 'recipient@example.net';

/** Two chunks, as delivery has them: a signed header and the rest. */
const header = Buffer.from(`Subject: bench\r\n${`X-Filler: ${'x'.repeat(60)}\r\n`.repeat(12)}\r\n`);
const line = `${'y'.repeat(70)}\r\n`;
const body = Buffer.from(line.repeat(Math.max(1, Math.round((sizeBytes - header.length) / line.length))));

interface Client {
  send(): Promise<void>;
  close(): void;
}

async function ownClient(port: number, pipelining: boolean): Promise<Client> {
  const connect = createConnect({ hostname: 'bench.example', clock: systemClock, log: silentLog });
  const result = await connect({ host: 'sink', address: '127.0.0.1', port }, { requireTls: false });
  if (result.kind === 'failed') throw new Error(result.text);
  const { session } = result;
  if (!pipelining) (session.extensions as Map<string, string>).delete('PIPELINING');
  return { send: () => sendOwn(session), close: () => session.destroy() };
}

async function sendOwn(session: ClientSession): Promise<void> {
  const transaction: OutboundTransaction = {
    reversePath: FROM,
    forwardPaths: [{ recipient: TO, notify: undefined, originalRecipient: undefined }],
    bodyType: '7bit',
    smtpUtf8: false,
    requireTls: false,
    dsnReturn: undefined,
    envelopeId: undefined,
    sizeBytes: header.length + body.length,
    content: () => [header, body],
  };
  const result = await session.transact(transaction);
  if (result.kind !== 'replied' || result.replies[0]?.reply.code !== 250)
    throw new Error(JSON.stringify(result));
}

async function nodemailerClient(port: number): Promise<Client> {
  const connection = new SMTPConnection({ host: '127.0.0.1', port, ignoreTLS: true, name: 'bench.example' });
  await new Promise<void>((resolve, reject) => {
    connection.once('error', reject);
    connection.connect((error) => (error ? reject(error) : resolve()));
  });
  const message = Buffer.concat([header, body]);
  return {
    send: () =>
      new Promise((resolve, reject) => {
        connection.send({ from: FROM, to: TO, size: message.length }, message, (error) =>
          error ? reject(error) : resolve(),
        );
      }),
    close: () => connection.close(),
  };
}

async function measure(open: () => Promise<Client>): Promise<{ perSecond: number; cpuUs: number }> {
  const clients = await Promise.all(Array.from({ length: connections }, open));
  let left = Math.round(messages / 10);
  const drain = async (client: Client) => {
    while (left-- > 0) await client.send();
  };
  await Promise.all(clients.map(drain));
  left = messages;
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await Promise.all(clients.map(drain));
  const seconds = (performance.now() - startedMs) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  for (const client of clients) client.close();
  return { perSecond: messages / seconds, cpuUs: (cpu.user + cpu.system) / messages };
}

const sink = new Child('sink.ts', { host: '127.0.0.1', port: 0 });
const { listening: port } = await sink.next<{ listening: number }>(10_000);
const variants: readonly (readonly [string, () => Promise<Client>])[] = [
  ['own client, pipelined', () => ownClient(port, true)],
  ['own client, step by step', () => ownClient(port, false)],
  ['nodemailer connection, pipelined', () => nodemailerClient(port)],
];
const results = new Map<string, { perSecond: number; cpuUs: number }[]>();
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, open] of variants.filter(([name]) => name.startsWith(process.argv[5] ?? '')))
    results.set(name, [...(results.get(name) ?? []), await measure(open)]);
}
console.log(`${messages} messages of ${header.length + body.length} octets over ${connections} connections`);
for (const [name, rounds] of results) {
  const median = rounds.sort((a, b) => a.perSecond - b.perSecond)[Math.floor(ROUNDS / 2)];
  console.log(
    `${name.padEnd(34)} ${Math.round(median?.perSecond ?? 0)} messages/s  ${(median?.cpuUs ?? 0).toFixed(1)} µs CPU each`,
  );
}
await sink.stop();
