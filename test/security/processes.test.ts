/**
 * What other users of the machine get of the running processes: no debugger, whatever signal reaches them, and no key in
 * the environment or the arguments of a child.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECIPIENT_DOMAIN, Stage } from '../e2e/support/stage.ts';
import { Wire } from '../protocol/support/dialogue.ts';
import { eventually } from '../support/eventually.ts';

const DATA_KEY = Buffer.alloc(32, 7).toString('base64');
const LISTENING = '0A';
const SIGUSR1 = constants.signals.SIGUSR1;

describe.runIf(existsSync('/proc/net/tcp'))('other users of the machine (needs Linux)', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.start({
      config: { inbound: { listen: ['127.0.0.1:0'], postmaster: `ops@${RECIPIENT_DOMAIN}` } },
      env: { RELAY_DATA_KEY: DATA_KEY },
    });
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  it('find no debugger after SIGUSR1, and mail goes on after SIGUSR2', async () => {
    const before = listeningSockets(stage.relay.pid);
    expect(before.length).toBeGreaterThan(0);
    for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
      stage.relay.signal(signal);
      await eventually(() => stage.relay.log().includes(`"event":"signal ignored","signal":"${signal}"`));
    }
    expect(listeningSockets(stage.relay.pid)).toEqual(before);
    const wire = await Wire.open(stage.relay.port);
    expect(await wire.reply()).toMatch(/^220 /);
    wire.destroy();
  });

  it('find no key with the process that reads reports, and no debugger', async () => {
    await sendToPostmaster();
    const child = (await eventually(() => childOf(stage.relay.pid), { what: 'a child process' })) ?? -1;
    expect(readFileSync(`/proc/${stage.relay.pid}/environ`, 'latin1')).toContain(DATA_KEY);
    const names = readFileSync(`/proc/${child}/environ`, 'latin1').split('\0').filter(Boolean);
    // Its way to relayd, from Node.js.
    expect(names.filter((name) => !name.startsWith('NODE_CHANNEL_'))).toEqual([]);
    expect(readFileSync(`/proc/${child}/cmdline`, 'latin1')).not.toContain(DATA_KEY);
    expect(catches(child, SIGUSR1)).toBe(false);
    expect(catches(stage.relay.pid, SIGUSR1)).toBe(true);
  });

  async function sendToPostmaster(): Promise<void> {
    const wire = await Wire.open(stage.relay.inboundPort);
    await wire.reply();
    await wire.command('EHLO mx.recipient.test');
    await wire.message('', ['postmaster@relay.test'], 'From: <a@b.example>\r\nSubject: x\r\n\r\nx\r\n');
    wire.destroy();
  }
});

function childOf(pid: number): number | undefined {
  const [child] = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean),
  );
  return child === undefined ? undefined : Number(child);
}

/** By a handler of its own; else the system ignores the signal or ends the process. */
function catches(pid: number, signal: number): boolean {
  const caught = /^SigCgt:\s+([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? '';
  return ((BigInt(`0x${caught}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

/** Inodes of the sockets on which a process listens. */
function listeningSockets(pid: number): readonly string[] {
  const listening = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'latin1')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTENING)
      .map((fields) => `socket:[${fields[9] ?? ''}]`),
  );
  const known = new Set(listening);
  return readdirSync(`/proc/${pid}/fd`)
    .flatMap((fd) => linkOf(`/proc/${pid}/fd/${fd}`))
    .filter((file) => known.has(file))
    .sort();
}

/** None of a file that was closed meanwhile. */
function linkOf(file: string): readonly string[] {
  try {
    return [readlinkSync(file)];
  } catch {
    return [];
  }
}
