/** A real Prometheus that scrapes one relay every second and knows our alert rules. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from '../../support/eventually.ts';

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface Rule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
  readonly state: string;
}

export class Prometheus implements AsyncDisposable {
  readonly #url: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, stop: () => Promise<void>) {
    this.#url = url;
    this.#stop = stop;
  }

  /** `target`: `host:port` of the relay's API. */
  static async start(target: string, rules: string): Promise<Prometheus> {
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-prometheus-'));
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [rules],
      scrape_configs: [{ job_name: 'postern', static_configs: [{ targets: [target] }] }],
    };
    // JSON is YAML.
    writeFileSync(path.join(folder, 'prometheus.yml'), JSON.stringify(config));
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      'prometheus',
      [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=${address}`,
      ],
      { stdio: 'ignore' },
    );
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const prometheus = new Prometheus(`http://${address}`, async () => {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    });
    try {
      await eventually(async () => (await fetch(`http://${address}/-/ready`)).ok, { timeoutMs: 20_000 });
    } catch (error) {
      await prometheus[Symbol.asyncDispose]();
      throw error;
    }
    return prometheus;
  }

  /** The answer to an expression; throws its error. */
  async query(expression: string): Promise<readonly Series[]> {
    const found = await this.#get(`/api/v1/query?query=${encodeURIComponent(expression)}`);
    return (found as { readonly result: readonly Series[] }).result;
  }

  async rules(): Promise<readonly Rule[]> {
    const { groups } = (await this.#get('/api/v1/rules')) as {
      readonly groups: readonly { readonly rules: readonly Rule[] }[];
    };
    return groups.flatMap(({ rules }) => rules);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }

  async #get(resource: string): Promise<unknown> {
    const answer = (await (await fetch(this.#url + resource)).json()) as {
      readonly status: string;
      readonly error?: string;
      readonly data: unknown;
    };
    if (answer.status !== 'success') throw new Error(answer.error);
    return answer.data;
  }
}

/** Prometheus does not say which port it got for 0. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
