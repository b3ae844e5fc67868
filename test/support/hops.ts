/**
 * What stands between a relay and a remote: a SOCKS5 server (RFC 1928), and a proxy that reads the PROXY protocol and
 * connects onwards from the address in its header, as HAProxy with `accept-proxy`. Octets are read by the specifications,
 * not by the relay's own code.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface Hop extends AsyncDisposable {
  readonly at: { readonly host: string; readonly port: number };
  /** What each connection asked for, such as `127.0.0.1:2525`; for a proxy with the address to come from in front. */
  readonly asked: readonly string[];
  readonly connectionCount: number;
}

export interface SocksOptions {
  /** Octets in place of the answer to the greeting; closes behind them. */
  readonly method?: Uint8Array;
  /** Octets in place of the answer to CONNECT; closes behind them. `silent`: none ever. */
  readonly reply?: Uint8Array | 'silent';
  /** Form of the bound address in the answer. Default `ipv4`. */
  readonly bound?: 'ipv4' | 'ipv6' | 'name';
  /** Every octet in a write of its own. */
  readonly slowly?: boolean;
  /** Where it connects from. */
  readonly from?: string;
  /** Where it connects to, whatever it is asked for. */
  readonly to?: { readonly host: string; readonly port: number };
}

const BOUND = {
  ipv4: [1, 127, 0, 0, 1],
  ipv6: [4, ...Array<number>(15).fill(0), 1],
  name: [3, 4, ...Buffer.from('here')],
};

export async function startSocks(options: SocksOptions = {}): Promise<Hop> {
  return await startHop(async (socket, asked) => {
    const say = async (octets: Uint8Array) => {
      if (options.slowly !== true) socket.write(octets);
      else for (const octet of octets) await written(socket, Buffer.from([octet]));
    };
    const input = octetsOf(socket);
    const [, methods = 0] = await input.take(2);
    await input.take(methods);
    await say(options.method ?? Buffer.from([5, 0]));
    if (options.method !== undefined) return socket.end();
    const [, , , type] = await input.take(4);
    const host = addressOf(await input.take(type === 4 ? 16 : 4));
    const port = (await input.take(2)).readUInt16BE();
    asked.push(hostPort(host, port));
    if (options.reply === 'silent') return undefined;
    if (options.reply !== undefined) return socket.end(options.reply);
    const to = options.to ?? { host, port };
    const onward = await connectOnward(to.host, to.port, options.from);
    const code = onward instanceof Error ? refusalOf(onward) : 0;
    await say(Buffer.from([5, code, 0, ...BOUND[options.bound ?? 'ipv4'], 4, 56]));
    if (onward instanceof Error) return socket.end();
    join(socket, onward, input.rest());
    return undefined;
  });
}

export async function startProxy(): Promise<Hop> {
  return await startHop(async (socket, asked) => {
    const input = octetsOf(socket);
    const fixed = await input.take(16);
    const addresses = await input.take(fixed.readUInt16BE(14));
    const signed = fixed.subarray(0, 12).toString('latin1') === '\r\n\r\n\0\r\nQUIT\n' && fixed[12] === 0x21;
    const size = fixed[13] === 0x21 ? 16 : 4;
    if (!signed || addresses.length !== 2 * size + 4) return socket.destroy();
    const [from, host] = [
      addressOf(addresses.subarray(0, size)),
      addressOf(addresses.subarray(size, 2 * size)),
    ];
    const port = addresses.readUInt16BE(2 * size + 2);
    asked.push(`${from} > ${hostPort(host, port)}`);
    const onward = await connectOnward(host, port, from);
    if (onward instanceof Error) return socket.destroy();
    join(socket, onward, input.rest());
    return undefined;
  });
}

async function startHop(serve: (socket: Socket, asked: string[]) => Promise<unknown>): Promise<Hop> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  let connectionCount = 0;
  const server: Server = createServer({ noDelay: true }, (socket) => {
    connectionCount++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    serve(socket, asked).catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;
  return {
    at: { host: address, port },
    asked,
    get connectionCount() {
      return connectionCount;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Reads a socket by counts; rejects when it ends before. */
function octetsOf(socket: Socket) {
  let held: Buffer = Buffer.alloc(0);
  let wake: () => void = () => undefined;
  const onData = (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    wake();
  };
  socket.on('data', onData).on('close', () => wake());
  return {
    take: async (count: number): Promise<Buffer> => {
      while (held.length < count) {
        if (socket.destroyed) throw new Error('ended');
        await new Promise<void>((resolve) => (wake = resolve));
      }
      const taken = held.subarray(0, count);
      held = held.subarray(count);
      return taken;
    },
    rest: (): Buffer => {
      socket.off('data', onData);
      return held;
    },
  };
}

async function connectOnward(host: string, port: number, from: string | undefined): Promise<Socket | Error> {
  const onward = connect({ host, port, ...(from !== undefined && { localAddress: from }) });
  return await new Promise((resolve) => {
    onward.once('connect', () => resolve(onward)).once('error', resolve);
  });
}

function join(socket: Socket, onward: Socket, early: Buffer): void {
  onward.on('error', () => socket.destroy());
  socket.on('close', () => onward.destroy());
  if (early.length > 0) onward.write(early);
  socket.pipe(onward).pipe(socket);
}

function refusalOf(error: NodeJS.ErrnoException): number {
  return error.code === 'ECONNREFUSED' ? 5 : error.code === 'EHOSTUNREACH' ? 4 : 1;
}

async function written(socket: Socket, octets: Buffer): Promise<void> {
  await new Promise<void>((resolve) => socket.write(octets, () => setImmediate(resolve)));
}

function addressOf(octets: Buffer): string {
  if (octets.length === 4) return [...octets].join('.');
  const groups = Array.from({ length: 8 }, (_, at) => octets.readUInt16BE(2 * at).toString(16));
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
