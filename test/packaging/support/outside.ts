/**
 * The rest of the world for a machine that booted.sh boots, in that machine's network of its own: the resolver at 127.0.0.1, the
 * mail host of recipient.example, and a DNS provider whose panel takes a block of zone lines (`curl --data-binary @FILE
 * http://127.0.0.1:5380/`). The machine has an address from where mail may leave, with its PTR record. Prints "ready".
 */
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { startFakeDns } from '../../support/fake-dns.ts';
import { startFakeMx } from '../../support/fake-mx.ts';
import { publishZone } from '../../support/zone-block.ts';

/** Public by their number; they are on the loopback interface of this network, from which there is no way out. */
const MACHINE = '11.25.0.10';
const MAIL_HOST = '11.25.9.25';
const PANEL_PORT = 5380;

for (const words of [
  ['address', 'add', `${MACHINE}/32`, 'dev', 'lo'],
  ['address', 'add', `${MAIL_HOST}/32`, 'dev', 'lo'],
  ['route', 'add', 'default', 'dev', 'lo', 'src', MACHINE],
]) {
  const { status, stderr } = spawnSync('ip', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${words.join(' ')}: ${stderr}`);
}

const dns = await startFakeDns(
  {
    'recipient.example': { mx: [{ preference: 10, exchange: 'mx.recipient.example' }] },
    'mx.recipient.example': { a: [MAIL_HOST] },
    [MACHINE]: { ptr: ['mail.shop.example'] },
  },
  { port: 53 },
);
const mx = await startFakeMx({ host: MAIL_HOST, port: 25, hostname: 'mx.recipient.example' });

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (request.method === 'POST') {
      publishZone(dns, Buffer.concat(chunks).toString());
      response.end('published\n');
    } else response.end(mx.messages.map(({ content }) => content.toString('latin1')).join('\n'));
  });
}).listen(PANEL_PORT, '127.0.0.1', () => console.log('ready'));
