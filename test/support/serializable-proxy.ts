/**
 * A proxy on a socket in front of a PostgreSQL that makes every transaction a serializable one, as engines do that speak its
 * protocol and know no other level: the words of the one are replaced by those of the other, which are as long.
 */
import net from 'node:net';
import path from 'node:path';
import type { PostgresServer } from './postgres-server.ts';

const ASKED = Buffer.from('ISOLATION LEVEL READ COMMITTED');
const GIVEN = Buffer.from('ISOLATION LEVEL SERIALIZABLE  ');
const PORT = 7432;

export interface SerializableProxy {
  /** Transactions that were made serializable. */
  readonly count: () => number;
  /** Of the server's database, through it. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startSerializableProxy({
  host,
  user,
  database,
  socket,
}: PostgresServer): Promise<SerializableProxy> {
  let count = 0;
  const open = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect(socket);
    for (const one of [client, upstream]) {
      open.add(one);
      one.once('close', () => open.delete(one));
      one.on('error', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.pipe(client);
    client.on('end', () => upstream.end());
    let held = Buffer.alloc(0);
    client.on('data', (chunk) => {
      const all = Buffer.concat([held, chunk]);
      for (let at = all.indexOf(ASKED); at >= 0; at = all.indexOf(ASKED, at)) {
        GIVEN.copy(all, at);
        count++;
      }
      const rest = begun(all);
      held = all.subarray(all.length - rest);
      upstream.write(all.subarray(0, all.length - rest));
    });
  });
  await new Promise<void>((resolve) => server.listen(path.join(host, `.s.PGSQL.${PORT}`), resolve));
  return {
    count: () => count,
    url: `postgres://${user}@/${database}?host=${encodeURIComponent(host)}&port=${PORT}`,
    async stop() {
      // Nobody connects after the sockets were destroyed: the end would wait for it.
      const closed = new Promise((resolve) => server.close(resolve));
      for (const one of open) one.destroy();
      await closed;
    },
  };
}

/** So many octets at the end may be the beginning of what is looked for. */
function begun(all: Buffer): number {
  for (let length = Math.min(ASKED.length - 1, all.length); length > 0; length--)
    if (all.subarray(all.length - length).equals(ASKED.subarray(0, length))) return length;
  return 0;
}
