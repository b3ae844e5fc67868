/** A network of a test's own, in which it may have every address: no packet leaves it. Needs root and iproute2. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

export class NetworkNamespace implements Disposable {
  readonly #name = `postern-test-${process.pid}-${randomBytes(4).toString('hex')}`;

  private constructor() {
    run(['netns', 'add', this.#name]);
  }

  /** `addresses`: with their prefix lengths. `undefined`: namespaces are not to be had here. */
  static open(addresses: readonly string[]): NetworkNamespace | undefined {
    let opened: NetworkNamespace;
    try {
      opened = new NetworkNamespace();
    } catch {
      return undefined;
    }
    try {
      const batch = ['link set lo up', ...addresses.map((address) => `addr add ${address} dev lo`)];
      run(['-n', opened.#name, '-batch', '-'], batch.join('\n'));
      return opened;
    } catch {
      opened[Symbol.dispose]();
      return undefined;
    }
  }

  /** What runs a program in it. */
  get launcher(): readonly string[] {
    return ['ip', 'netns', 'exec', this.#name];
  }

  [Symbol.dispose](): void {
    run(['netns', 'delete', this.#name]);
  }
}

function run(args: readonly string[], input = ''): void {
  const { status, stderr, error } = spawnSync('ip', args, { input, encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}
