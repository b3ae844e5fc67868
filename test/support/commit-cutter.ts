/** A proxy on a socket in front of a PostgreSQL that can lose the answer to a COMMIT: it holds, and nobody is told. */
import net from 'node:net';
import path from 'node:path';
import type { PostgresServer } from './postgres-server.ts';

const COMMIT = Buffer.from('COMMIT\0');
const PORT = 7433;

export interface CommitCutter {
  /** Connects through it. */
  readonly url: string;
  /** The next COMMIT of the application is not answered: the connection closes when the server has answered it. */
  cutNext(): void;
  /** Answers that were lost. */
  readonly lost: () => number;
  stop(): Promise<void>;
}

/**
 * `application`: a part of the name that the connections give which may be cut. `search`: what follows the question mark of
 * the URL, beside host and port.
 */
export async function startCommitCutter(
  server: PostgresServer,
  application: string,
  search: string,
): Promise<CommitCutter> {
  const { host, user, database } = server;
  let armed = false;
  let lost = 0;
  const open = new Set<net.Socket>();
  const proxy = net.createServer((client) => {
    const upstream = net.connect(path.join(host, '.s.PGSQL.5432'));
    let cutting = false;
    let meant: boolean | undefined;
    for (const one of [client, upstream]) {
      open.add(one);
      one
        .on('error', () => undefined)
        .on('close', () => {
          open.delete(one);
          client.destroy();
          upstream.destroy();
        });
    }
    client.on('data', (chunk) => {
      // What a connection says first is who it is.
      meant ??= chunk.includes(application);
      if (armed && meant && chunk.includes(COMMIT)) {
        armed = false;
        cutting = true;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (!cutting) {
        client.write(chunk);
      } else if (chunk.includes(COMMIT)) {
        lost++;
        client.destroy();
      }
    });
  });
  await new Promise<void>((resolve) => proxy.listen(path.join(host, `.s.PGSQL.${PORT}`), resolve));
  return {
    url: `postgres://${user}@/${database}?host=${encodeURIComponent(host)}&port=${PORT}&${search}`,
    cutNext: () => (armed = true),
    lost: () => lost,
    async stop() {
      for (const one of open) one.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
