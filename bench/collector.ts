/**
 * Has a Node.js process collect its garbage, over its inspector, so that the heap that is read afterwards is what is
 * reachable and not what the collector has left lying so far.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

const WITHIN_MS = 30_000;

/** A port of 127.0.0.1 for `--inspect`, free a moment ago. */
export async function freeInspectorPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Of the main thread. `port`: what the process was given as `--inspect=127.0.0.1:PORT`. */
export async function collectGarbage(port: number): Promise<void> {
  const list = await fetch(`http://127.0.0.1:${port}/json/list`);
  const [inspected] = (await list.json()) as readonly { readonly webSocketDebuggerUrl: string }[];
  if (inspected === undefined) throw new Error(`no inspector listens on port ${port}`);
  const socket = new WebSocket(inspected.webSocketDebuggerUrl);
  const signal = AbortSignal.timeout(WITHIN_MS);
  try {
    await once(socket, 'open', { signal });
    const answered = once(socket, 'message', { signal });
    socket.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }));
    await answered;
  } finally {
    socket.close();
  }
}
