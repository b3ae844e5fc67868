/**
 * The ports that systemd holds for relayd, also while relayd is down: sockets of units that activate its service. Asked of
 * systemctl, which answers every user. Bounded in time and in what is read.
 */
import { existsSync } from 'node:fs';
import type { Clock } from '../platform/clock.ts';
import { runProgram } from '../platform/run-program.ts';

/** Unit by port, such as `relayd-submission.socket`. `undefined`: systemd runs here and could not be asked. */
export type SystemdSockets = ReadonlyMap<number, string>;

/** As sd_booted(3) looks. */
const BOOTED = '/run/systemd/system';
const LIST = { command: ['systemctl', 'list-sockets', '--output=json', '--no-pager'], input: '' };
const LIMITS = { timeoutMs: 3_000, outputBytes: 256 * 1024 };
const OUR_SERVICE = /^relayd(?:@.*)?\.service$/;

export async function socketsOfSystemd(clock: Clock): Promise<SystemdSockets | undefined> {
  if (!existsSync(BOOTED)) return new Map();
  const { ok, output } = await runProgram({ ...LIST, ...LIMITS }, clock);
  return ok ? socketsOfRelayd(output) : undefined;
}

/** `undefined`: it is not what systemctl prints from version 246 on. */
export function socketsOfRelayd(json: string): SystemdSockets | undefined {
  let rows: unknown;
  try {
    rows = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!Array.isArray(rows)) return undefined;
  const sockets = new Map<number, string>();
  for (const row of rows as readonly unknown[]) {
    const { listen, unit, activates } = textsOf(row);
    const port = /:(\d{1,5})$/.exec(listen)?.[1];
    if (port !== undefined && OUR_SERVICE.test(activates)) sockets.set(Number(port), unit);
  }
  return sockets;
}

function textsOf(row: unknown): Readonly<Record<'listen' | 'unit' | 'activates', string>> {
  const fields = (row ?? {}) as Readonly<Record<string, unknown>>;
  const text = (name: string) => {
    const value = fields[name];
    return typeof value === 'string' ? value : '';
  };
  return { listen: text('listen'), unit: text('unit'), activates: text('activates') };
}
