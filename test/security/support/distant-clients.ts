/**
 * Clients in another network namespace: this file is the program that runs there, told by its parent what to do. Sockets stay
 * open until the parent says otherwise.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { Wire } from '../../protocol/support/dialogue.ts';

const RELAY = '::1';

export interface Errand {
  readonly port: number;
  readonly from: string;
  readonly implicitTls?: boolean;
  /** Sent when the server has spoken, each when the one before was answered. Without: only the greeting is read. */
  readonly lines?: readonly string[];
  /** Sent at once, and read until the server closes: for HTTP. */
  readonly octets?: string;
}

/** The last reply, or all that was said for `octets`; `closed` when the connection ended before. */
async function run(
  { port, from, implicitTls = false, lines = [], octets }: Errand,
  open: Wire[],
): Promise<string> {
  try {
    const wire = await Wire.open(port, { host: RELAY, localAddress: from, implicitTls });
    open.push(wire);
    if (octets !== undefined) {
      wire.send(octets);
      await wire.closed();
      return wire.unread;
    }
    let said = await wire.reply();
    for (const line of lines) said = await wire.command(line);
    return said;
  } catch (error) {
    return `closed: ${(error as Error).message}`;
  }
}

interface Asked {
  readonly id: number;
  /** `undefined`: all connections end. */
  readonly errand: Errand | undefined;
}

if (process.argv[1] === import.meta.filename && process.send !== undefined) {
  const open: Wire[] = [];
  process.on('message', ({ id, errand }: Asked) => {
    if (errand === undefined) for (const wire of open.splice(0)) wire.destroy();
    const said = errand === undefined ? Promise.resolve('') : run(errand, open);
    void said.then((text) => process.send?.({ id, text }));
  });
}

export class DistantClients implements Disposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (text: string) => void>();
  #last = 0;

  constructor([program = '', ...args]: readonly string[]) {
    this.#child = spawn(program, [...args, process.execPath, '--no-warnings', import.meta.filename], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', ({ id, text }: { id: number; text: string }) => {
      this.#waiting.get(id)?.(text);
      this.#waiting.delete(id);
    });
  }

  async run(errand: Errand): Promise<string> {
    return await this.#ask(errand);
  }

  async endAll(): Promise<void> {
    await this.#ask(undefined);
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }

  #ask(errand: Errand | undefined): Promise<string> {
    const id = ++this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ id, errand });
    });
  }
}
