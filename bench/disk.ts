/**
 * What a message takes on disk: relays with an empty store each take and deliver messages of one shape; octets of the
 * database a message by what keeps them (retention.content, .metadata, .events), and of the log. For docs/disk.md.
 *
 *   npm run build && node bench/disk.ts [--messages 500]
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import { createTransport } from 'nodemailer';
import { eventually } from '../test/support/eventually.ts';
import { startFakeMx } from '../test/support/fake-mx.ts';
import { startRelayTarget } from './relay-target.ts';
import { alignColumns } from './table.ts';

interface Shape {
  readonly name: string;
  readonly contentBytes: number;
  readonly recipients: number;
}

const SHAPES: readonly Shape[] = [
  { name: '2 KiB, 1 recipient', contentBytes: 2 * 1024, recipients: 1 },
  { name: '20 KiB, 1 recipient', contentBytes: 20 * 1024, recipients: 1 },
  { name: '200 KiB, 1 recipient', contentBytes: 200 * 1024, recipients: 1 },
  { name: '20 KiB, 10 recipients', contentBytes: 20 * 1024, recipients: 10 },
];
/** Which key of `retention` a table and its indexes go by; the others grow with destinations and days, not with messages. */
const KEPT_BY = {
  content: ['content_chunk'],
  metadata: ['message', 'delivery', 'attempt', 'idempotency'],
  events: ['event'],
} as const;
type Kept = keyof typeof KEPT_BY | 'rest';

const { values } = parseArgs({ options: { messages: { type: 'string', default: '500' } } });
const messages = Number(values.messages);

const rows = [['shape', 'content', 'metadata', 'events', 'rest', 'log']];
for (const shape of SHAPES) {
  const { octets, logOctets } = await measured(shape);
  const each = (count: number) => Math.round(count / messages).toLocaleString('en');
  const { content, metadata, events, rest } = octets;
  rows.push([shape.name, each(content), each(metadata), each(events), each(rest), each(logOctets)]);
}
console.log(`octets a message, of ${messages} each, delivered at the first attempt`);
console.log(alignColumns(rows));

async function measured(shape: Shape): Promise<{ octets: Record<Kept, number>; logOctets: number }> {
  const mx = await startFakeMx();
  const target = await startRelayTarget({ mxPort: mx.port });
  try {
    await target.relay.stop();
    const before = octetsByKeeper(target.relay.dataDir);
    await target.relay.start();
    const logBefore = target.relay.log().length;
    await send(shape, target.relay.port);
    await eventually(() => mx.messages.length >= messages, { timeoutMs: 120_000, everyMs: 100 });
    const logOctets = target.relay.log().length - logBefore;
    await target.relay.stop();
    const after = octetsByKeeper(target.relay.dataDir);
    const grown = (kept: Kept) => after[kept] - before[kept];
    const octets = {
      content: grown('content'),
      metadata: grown('metadata'),
      events: grown('events'),
      rest: grown('rest'),
    };
    return { octets, logOctets };
  } finally {
    await target.stop();
    await mx.close();
  }
}

async function send({ contentBytes, recipients }: Shape, port: number): Promise<void> {
  const transport = createTransport({
    host: '127.0.0.1',
    port,
    ignoreTLS: true,
    pool: true,
    maxConnections: 10,
    maxMessages: Infinity,
  });
  const line = `${'a line of a message, as long as most '.repeat(2)}\r\n`;
  const text = line.repeat(Math.ceil((contentBytes - 400) / line.length));
  const one = async (number: number): Promise<void> => {
    const to = Array.from({ length: recipients }, (_, at) => `customer-${number}-${at}@sink.example`);
    const subject = `Your order ${number}`;
    await transport.sendMail({ from: 'Shop <shop@bench.example>', to, subject, text });
  };
  await Promise.all(Array.from({ length: messages }, (_, number) => one(number)));
  transport.close();
}

function octetsByKeeper(dataDir: string): Record<Kept, number> {
  const name = readdirSync(dataDir).find((file) => file.endsWith('.db'));
  if (name === undefined) throw new Error(`no database in ${dataDir}`);
  const database = new Database(path.join(dataDir, name));
  const octets: Record<Kept, number> = { content: 0, metadata: 0, events: 0, rest: 0 };
  const pages = database
    .prepare<[], { table: string; octets: number }>(
      `SELECT m.tbl_name AS "table", sum(s.pgsize) AS octets FROM dbstat s JOIN sqlite_schema m ON m.name = s.name GROUP BY 1`,
    )
    .all();
  for (const page of pages) octets[keeperOf(page.table)] += page.octets;
  database.close();
  return octets;
}

function keeperOf(table: string): Kept {
  for (const [kept, tables] of Object.entries(KEPT_BY) as [Kept, readonly string[]][])
    if (tables.includes(table)) return kept;
  return 'rest';
}
