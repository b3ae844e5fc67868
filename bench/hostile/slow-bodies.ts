/**
 * Requests that announce large bodies and hardly send them, with a key that may send; held for as long as they are let, and
 * begun again. Meanwhile another key sends messages of 100 KiB, each of which has to be taken.
 */
import { connect } from 'node:net';
import type { RelayTarget } from '../relay-target.ts';

interface Stage {
  readonly target: RelayTarget;
}

const FRAMINGS = [...Array<string>(9).fill('Transfer-Encoding: chunked'), 'Content-Length: 23000000'];
const TEXT_BYTES = 100 * 1024;

export const INPUTS = [{ name: 'HTTP, ten bodies that hardly arrive', run }];

async function run({ target }: Stage, stop: AbortSignal): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  const count = (what: string) => (counts[what] = (counts[what] ?? 0) + 1);
  const { key: slow } = await target.relay.ctl<{ key: string }>('credential', 'add', '--kind', 'api');
  await Promise.all([
    ...FRAMINGS.map((framing) => holdBodies(target, slow, framing, stop, count)),
    sendMessages(target, stop, (status) => count(`another key: ${status}`)),
  ]);
  return counts;
}

/** One after the other, each until the relay ends it. */
async function holdBodies(
  { http }: RelayTarget,
  key: string,
  framing: string,
  stop: AbortSignal,
  count: (status: string) => void,
): Promise<void> {
  if (http === undefined) return;
  const head =
    `POST /v1/send HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer ${key}\r\n` +
    `Content-Type: application/json\r\n${framing}\r\n\r\n`;
  const goesOn = () => !stop.aborted;
  while (goesOn()) {
    const socket = connect(http.port, http.host);
    const end = () => void socket.destroy();
    stop.addEventListener('abort', end);
    let said = '';
    socket.on('data', (data: Buffer) => (said += data.toString()));
    socket.on('error', () => undefined);
    socket.write(`${head}${framing.startsWith('Transfer') ? '1\r\n{\r\n' : '{'}`);
    await new Promise((resolve) => socket.once('close', resolve));
    stop.removeEventListener('abort', end);
    if (goesOn()) count(/^HTTP\/1\.1 (\d{3})/.exec(said)?.[1] ?? 'none');
  }
}

async function sendMessages(
  { http, from, to }: RelayTarget,
  stop: AbortSignal,
  count: (status: number) => void,
): Promise<void> {
  if (http === undefined) return;
  const body = JSON.stringify({ from, to, subject: 'x', text: 'x'.repeat(TEXT_BYTES) });
  const headers = { authorization: `Bearer ${http.key}`, 'content-type': 'application/json' };
  while (!stop.aborted) {
    const { status } = await fetch(`http://${http.host}:${http.port}/v1/send`, {
      method: 'POST',
      headers,
      body,
    });
    count(status);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
