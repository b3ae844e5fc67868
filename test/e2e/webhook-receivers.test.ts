/** The receivers that docs/webhooks.md shows, as they stand there: they take what is signed and nothing else. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';
import { createSender } from '../../src/webhook/sender.ts';
import { signatureHeaders, webhookSecret } from '../../src/webhook/signature.ts';
import { eventually } from '../support/eventually.ts';

const GUIDE = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');
const KEY = new Uint8Array(32).map((_, index) => index * 7);
const OTHER_KEY = new Uint8Array(32).fill(9);
const hasPython = spawnSync('python3', ['-c', 'import hmac']).status === 0;

/** The code block that begins with this comment. */
function codeOf(firstLine: string): string {
  const block = [...GUIDE.matchAll(/```\w+\n([\s\S]*?)```/g)].find(([, code]) => code?.startsWith(firstLine));
  if (block?.[1] === undefined) throw new Error(`docs/webhooks.md has no ${firstLine}`);
  return block[1];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.each([
  {
    language: 'Node',
    file: 'receiver.mjs',
    comment: '// receiver.mjs',
    program: process.execPath,
    runs: true,
  },
  { language: 'Python', file: 'receiver.py', comment: '# receiver.py', program: 'python3', runs: hasPython },
])('the receiver in $language', ({ file, comment, program, runs }) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-receiver-'));
  const sender = createSender({
    guard: { resolver: { a: nothing, aaaa: nothing }, allowPrivateAddresses: true },
    clock: systemClock,
    connections: 1,
  });
  let child: ChildProcess | undefined;
  let port = 0;
  let out = '';

  beforeAll(async () => {
    if (!runs) return;
    port = await freePort();
    writeFileSync(path.join(folder, file), codeOf(comment));
    const env = { ...process.env, WEBHOOK_SECRET: webhookSecret(KEY), PORT: String(port) };
    child = spawn(program, [path.join(folder, file)], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    await eventually(async () => (await send([KEY])) === 204);
  });
  afterAll(async () => {
    sender.close();
    if (child !== undefined) {
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      child.kill();
      await ended;
    }
    rmSync(folder, { recursive: true });
  });

  async function send(
    keys: readonly Uint8Array[],
    change: { atMs?: number; sent?: string } = {},
  ): Promise<number | undefined> {
    const body = JSON.stringify({ event: 'delivered', message_id: 'msg_1', recipient: 'änn@example.com' });
    const signed = signatureHeaders({ id: 'evt_1_x', atMs: change.atMs ?? Date.now(), body, keys });
    const answer = await sender.send({
      url: `http://127.0.0.1:${port}/`,
      headers: { ...signed },
      body: change.sent ?? body,
    });
    return answer.kind === 'answered' ? answer.statusCode : undefined;
  }

  it.runIf(runs)('takes what is signed, also with a second signature beside', async () => {
    expect(await send([KEY])).toBe(204);
    expect(await send([OTHER_KEY, KEY])).toBe(204);
    await eventually(() => out.includes('evt_1_x delivered msg_1 änn@example.com'));
  });

  it.runIf(runs)('refuses another key, another body, and what is old', async () => {
    expect(await send([OTHER_KEY])).toBe(401);
    expect(await send([KEY], { sent: '{"event":"forged"}' })).toBe(401);
    expect(await send([KEY], { atMs: Date.now() - 600_000 })).toBe(401);
    expect(await send([])).toBe(401);
  });
});

function nothing(): Promise<{ kind: 'not-found'; nxdomain: boolean }> {
  return Promise.resolve({ kind: 'not-found', nxdomain: true });
}
