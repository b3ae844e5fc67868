/** A tenant whose templates, and messages, are made to hurt whoever fills and reads them. */
import {
  HOSTILE_MARKUP,
  PAST_LIMITS,
  TOO_MUCH,
  type HostileTemplate,
} from '../../test/support/hostile-templates.ts';
import { Answers, type HostileInput, type HostileStage } from './input.ts';

const CLIENTS = 8;

export const INPUTS: readonly HostileInput[] = [
  tenant('templates that are too much, added', async (api, turn) => [await api.add(pick(TOO_MUCH, turn))]),
  tenant(
    'templates with hostile HTML, added and filled',
    async (api, turn) => await api.fill(pick(HOSTILE_MARKUP, turn)),
  ),
  tenant(
    'templates past the limits, added and filled',
    async (api, turn) => await api.fill(pick(PAST_LIMITS, turn)),
  ),
  tenant('an attachment of blanks', async (api) => [await api.send({ attachments: [BLANKS] })]),
  tenant('8 MB of lists', async (api) => [await api.post('/v1/send', LISTS)]),
];

const BLANKS = { filename: 'a', content: `${' '.repeat(200_000)}!` };
const LISTS = `[${'[],'.repeat(2_700_000)}0]`;

function pick(templates: readonly HostileTemplate[], turn: number): HostileTemplate {
  return templates[turn % templates.length] as HostileTemplate;
}

function tenant(name: string, act: (api: Tenant, turn: number) => Promise<readonly string[]>): HostileInput {
  return {
    name: `a tenant, ${name}`,
    run: async (stage, stop) => {
      const answers = new Answers();
      const key = await keyOf(stage);
      const client = async (first: number) => {
        const api = new Tenant(stage, key);
        for (let turn = first; !stop.aborted; turn += CLIENTS) {
          // What is refused at once would measure nothing but requests.
          await new Promise((resolve) => setTimeout(resolve, 10));
          for (const answer of await act(api, turn).catch(() => ['no answer'])) answers.count(answer);
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)));
      return answers.counts;
    },
  };
}

/** Made once for a relay. */
const keys = new Map<HostileStage, Promise<string>>();

async function keyOf(stage: HostileStage): Promise<string> {
  const add = async () => {
    const scopes = ['--scope', 'send', '--scope', 'templates'];
    const { key } = await stage.target.relay.ctl<{ key: string }>(
      ...['credential', 'add', '--kind', 'api', '--name', 'bench-tenant', ...scopes],
    );
    return key;
  };
  const made = keys.get(stage) ?? add();
  keys.set(stage, made);
  return await made;
}

class Tenant {
  static #names = 0;
  readonly #stage: HostileStage;
  readonly #key: string;

  constructor(stage: HostileStage, key: string) {
    this.#stage = stage;
    this.#key = key;
  }

  async post(path: string, body: unknown): Promise<string> {
    const { relay } = this.#stage.target;
    const response = await fetch(`${relay.httpUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    await response.arrayBuffer();
    return String(response.status);
  }

  async add({ parts }: HostileTemplate, name = `t${++Tenant.#names}`): Promise<string> {
    return await this.post('/v1/templates', { name, ...parts });
  }

  async fill(template: HostileTemplate): Promise<readonly string[]> {
    const name = `t${++Tenant.#names}`;
    const added = await this.add(template, name);
    return [added, await this.post(`/v1/templates/${name}/render`, {})];
  }

  async send(parts: object): Promise<string> {
    const { from, to } = this.#stage.target;
    return await this.post('/v1/send', { from, to, subject: 's', text: 't', ...parts });
  }
}
