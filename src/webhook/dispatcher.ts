/**
 * Sends events to every active webhook, through one independent endpoint (endpoint.ts) each. Polls the store for
 * commits by this or another process five times a second, which costs a few microseconds; less often while the store cannot
 * be read. Webhooks that were added, changed, paused or resumed are picked up by the same poll.
 */
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import type { StoreReader } from '../store/open-store.ts';
import type { StoredEvent } from '../store/views.ts';
import type { Webhook, WebhookReader, WebhookWriter } from '../store/webhooks.ts';
import { CONCURRENCY } from './endpoint-limits.ts';
import { Endpoint, type EndpointReader } from './endpoint.ts';
import { OutcomeWriter } from './outcome-writer.ts';
import { webhookBody, webhookMessageId } from './payload.ts';
import type { Answer } from './response.ts';
import { createSender, type Sender, type SenderOptions } from './sender.ts';
import { signatureHeaders } from './signature.ts';
import { OpenedKeys } from './webhook-keys.ts';

const LOOK_EVERY_MS = 200;
/** After failures in a row: a server that is away has others to answer when it is back. */
const LOOK_AT_LEAST_EVERY_MS = 5_000;

export interface DispatcherOptions {
  /** On its own connection. */
  readonly reader: EndpointReader &
    Pick<WebhookReader, 'listWebhooks' | 'webhooksVersion'> &
    Pick<StoreReader, 'changed'>;
  readonly writer: Pick<WebhookWriter, 'recordWebhooks'>;
  readonly box: Pick<SecretBox, 'open'>;
  readonly sender: Omit<SenderOptions, 'clock' | 'connections'>;
  /** Default: over HTTP. */
  readonly openSender?: (options: SenderOptions) => Sender;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Asked at each poll: false while another node tells the webhooks. Default: this one does. */
  readonly tells?: () => boolean;
  /** Milliseconds between two polls for commits. Default 200. */
  readonly lookEveryMs?: number;
}

export interface Dispatcher {
  /** Starts no more requests, gives those in flight `graceMs` to finish, and writes their outcomes. */
  stop(graceMs: number): Promise<void>;
}

/** An endpoint with its connections. */
interface Running {
  readonly endpoint: Endpoint;
  readonly sender: Sender;
}

export function startDispatcher(options: DispatcherOptions): Dispatcher {
  const running = new RunningEndpoints(options);
  let timer: Timer | undefined;
  let stopped = false;
  let looking: Promise<void> | undefined;
  let failures = 0;
  const look = async () => {
    try {
      await running.look();
      if (failures > 0) options.log.info('webhooks are read again');
      failures = 0;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (failures++ === 0) options.log.error('webhooks cannot be read', { reason });
    }
    const { lookEveryMs = LOOK_EVERY_MS } = options;
    const waitMs = Math.min(lookEveryMs * 2 ** failures, Math.max(lookEveryMs, LOOK_AT_LEAST_EVERY_MS));
    if (!stopped) timer = options.clock.after(waitMs, begin);
  };
  const begin = () => void (looking = look());
  begin();
  return {
    async stop(graceMs) {
      stopped = true;
      timer?.cancel();
      await looking;
      await running.stop(graceMs);
    },
  };
}

class RunningEndpoints {
  readonly #options: DispatcherOptions;
  readonly #outcomeWriter: OutcomeWriter;
  readonly #keys: OpenedKeys;
  readonly #running = new Map<string, Running>();
  /** Stopped endpoints with requests in flight. */
  readonly #ending = new Map<string, { readonly sender: Sender; readonly idle: Promise<void> }>();
  #version: number | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#outcomeWriter = new OutcomeWriter(options);
    this.#keys = new OpenedKeys(options.box, options.clock);
  }

  async look(): Promise<void> {
    const { reader, tells } = this.#options;
    if (tells?.() === false) {
      // What is in flight is written when it is answered; the node that follows may repeat it.
      if (this.#running.size > 0) this.#takeOver([]);
      this.#version = undefined;
      return;
    }
    const first = this.#version === undefined;
    if (!(await reader.changed()) && !first) return;
    const version = await reader.webhooksVersion();
    if (version !== this.#version) {
      this.#version = version;
      this.#takeOver(await reader.listWebhooks(undefined));
    }
    for (const { endpoint } of this.#running.values()) endpoint.notice();
  }

  async stop(graceMs: number): Promise<void> {
    const all = [...this.#running.values()];
    const ending = [...this.#ending.values()];
    const idle = Promise.all([
      ...all.map(({ endpoint }) => endpoint.stop()),
      ...ending.map((one) => one.idle),
    ]);
    const late = this.#options.clock.after(graceMs, () => {
      for (const { sender } of [...all, ...ending]) sender.close();
    });
    await idle;
    late.cancel();
    await this.#outcomeWriter.flush();
    this.#outcomeWriter.stop();
    for (const { sender } of all) sender.close();
  }

  #takeOver(webhooks: readonly Webhook[]): void {
    const active = new Map(webhooks.filter(({ state }) => state === 'active').map((one) => [one.id, one]));
    for (const [id, running] of this.#running) {
      const webhook = active.get(id);
      // It was paused and resumed: the cursor may have moved.
      if (webhook?.stateSinceMs !== running.endpoint.webhook.stateSinceMs) this.#end(id, running);
      else running.endpoint.update(webhook);
    }
    for (const [id, webhook] of active)
      if (!this.#running.has(id) && !this.#ending.has(id)) this.#begin(webhook);
  }

  #begin(webhook: Webhook): void {
    const { reader, clock, random, log } = this.#options;
    try {
      this.#keys.of(webhook);
    } catch (error) {
      log.error('webhook cannot be signed for', { webhook: webhook.id, reason: (error as Error).message });
      return;
    }
    const { openSender = createSender, sender: how } = this.#options;
    const sender = openSender({ ...how, clock, connections: CONCURRENCY });
    const send = (to: Webhook, event: StoredEvent) => this.#send(sender, to, event);
    const endpoint = new Endpoint(webhook, {
      reader,
      outcomes: this.#outcomeWriter,
      send,
      clock,
      random,
      log,
    });
    this.#running.set(webhook.id, { endpoint, sender });
  }

  /** Stops an endpoint. A new one for this webhook starts only after the outcomes in flight are written. */
  #end(id: string, { endpoint, sender }: Running): void {
    this.#running.delete(id);
    const idle = endpoint.stop();
    this.#ending.set(id, { sender, idle });
    void idle
      .then(() => this.#outcomeWriter.settled(endpoint))
      .then(() => {
        sender.close();
        this.#ending.delete(id);
        this.#version = undefined;
      });
  }

  #send(sender: Sender, webhook: Webhook, event: StoredEvent): Promise<Answer> {
    const { clock } = this.#options;
    let keys: readonly Uint8Array[];
    try {
      keys = this.#keys.of(webhook);
    } catch {
      // The master key was changed while the relay runs.
      return Promise.resolve({ kind: 'unanswered', error: 'its secret cannot be read' });
    }
    const body = webhookBody(event);
    const id = webhookMessageId(webhook.id, event.sequence);
    const headers = signatureHeaders({ id, atMs: clock.now(), body, keys });
    return sender.send({ url: webhook.url, headers: { ...headers }, body });
  }
}
