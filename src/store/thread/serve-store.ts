/** The store's end of a MessagePort: calls the verbs, collects the answers, sends them once in a turn. */
import type { MessagePort } from 'node:worker_threads';
import { receiveMessageOnPort } from 'node:worker_threads';
import type { Claim } from '../delivery-records.ts';
import type { FeedLimits } from '../spool.ts';
import type { StoreWrites } from '../store.ts';
import type { Answer, Call, Requests, Responses } from './port-protocol.ts';
import { givenBack, toPortError } from './port-protocol.ts';

type Verbs = Readonly<Record<string, ((...args: readonly unknown[]) => Promise<unknown>) | undefined>>;

export interface ServedPort {
  /** Processes messages that have arrived already, without waiting for the event loop. */
  drain(): void;
  /** Sends pending answers, announces the end, and closes the port. */
  close(): void;
}

/** Serves `store` on `port` until one of them closes. */
export function serveStore(store: StoreWrites, port: MessagePort): ServedPort {
  const server = new PortServer(store, port);
  port.on('message', (requests: Requests) => server.receive(requests));
  return server;
}

class PortServer implements ServedPort {
  readonly #store: StoreWrites;
  readonly #port: MessagePort;
  #answers: Answer[] = [];
  #claims: Claim[] = [];
  #givenBack: ArrayBuffer[] = [];
  #backlogAtMs: number | undefined;
  #recalled: number[] = [];
  #scheduled = false;

  constructor(store: StoreWrites, port: MessagePort) {
    this.#store = store;
    this.#port = port;
  }

  receive({ calls, feed }: Requests): void {
    if (feed !== undefined) this.#openFeed(feed);
    for (const call of calls) this.#run(call);
  }

  drain(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.receive(received.message as Requests);
    }
  }

  close(): void {
    this.#send(true);
    this.#port.close();
  }

  #run({ id, role, verb, args }: Call): void {
    const verbs = this.#store[role] as unknown as Verbs;
    const answered = verbs[verb]?.(...args) ?? Promise.reject(new Error(`the store has no ${role}.${verb}`));
    answered.then(
      (value) => {
        this.#givenBack.push(...givenBack({ role, verb }, value));
        this.#answer({ id, error: undefined, value });
      },
      (error: unknown) => this.#answer({ id, error: toPortError(error), value: undefined }),
    );
  }

  #openFeed(limits: FeedLimits): void {
    this.#store.spool.openFeed(limits, {
      onClaims: (claims) => {
        this.#claims.push(...claims);
        this.#schedule();
      },
      onBacklog: (dueAtMs) => {
        this.#backlogAtMs = Math.min(dueAtMs, this.#backlogAtMs ?? dueAtMs);
        this.#schedule();
      },
      onRecall: (deliveryIds) => {
        this.#recalled.push(...deliveryIds);
        this.#schedule();
      },
    });
  }

  #answer(answer: Answer): void {
    this.#answers.push(answer);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After the promises of this commit, before the next one: nothing waits for a commit that it has no part in.
    process.nextTick(() => this.#send(false));
  }

  #send(last: boolean): void {
    this.#scheduled = false;
    const responses: Responses = {
      answers: this.#answers,
      claims: this.#claims,
      backlogAtMs: this.#backlogAtMs,
      recalled: this.#recalled,
      last,
    };
    // Claims of one message to several destinations share its content.
    const transfer = new Set<ArrayBuffer>(this.#givenBack);
    for (const { content } of this.#claims) if (content !== undefined) transfer.add(content.buffer);
    this.#answers = [];
    this.#claims = [];
    this.#givenBack = [];
    this.#backlogAtMs = undefined;
    this.#recalled = [];
    this.#port.postMessage(responses, [...transfer]);
  }
}
