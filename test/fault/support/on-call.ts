/**
 * What an engineer on call has before them while a relay is in trouble: `relayctl status`, the trace of a message, what is
 * new in the log, the metrics that moved. With ON_CALL=1 it is printed too, as docs/on-call.md tells of it.
 */
import { expect } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import type { CtlResult, Relay, TomlTables } from '../../e2e/support/relay-process.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage, type StageOptions } from '../../e2e/support/stage.ts';

export const FROM = `shop@${SENDER_DOMAIN}`;
export const TO = `ann@${RECIPIENT_DOMAIN}`;

const WITH_HTTP: TomlTables = { http: { listen: ['127.0.0.1:0'] } };
/** These move by themselves. */
const NOISE =
  /^(process_|nodejs_|postern_(uptime|http|info|queue_oldest|events_total\{event="accepted"))|expiry/;
/** The summary of the queue that metrics show is kept for 5 s. */
const WAIT = { timeoutMs: 30_000, everyMs: 100 };

type LogLine = Readonly<Record<string, unknown>> & { readonly event: string };

export async function startStage(options: StageOptions = {}): Promise<Stage> {
  return await Stage.start({ ...options, config: { ...WITH_HTTP, ...options.config } });
}

/** What a client hears at the end of a message to {@link TO}. */
export async function submitForReply(stage: Stage): Promise<string> {
  const session = await stage.session();
  const content = `From: <${FROM}>\r\nTo: <${TO}>\r\nSubject: Order 7\r\n\r\nbody\r\n`;
  const { text } = await session.submit({ from: FROM, to: TO, content });
  await session.quit();
  return text;
}

/** Resolves to the message's id. */
export async function submit(stage: Stage): Promise<string> {
  const reply = await submitForReply(stage);
  const id = /msg_\w+/.exec(reply)?.[0];
  if (id === undefined) throw new Error(`the message was answered ${reply}`);
  return id;
}

/** Once the only delivery of `id` is in `state`. */
export async function messageWhich(stage: Stage, id: string, state: string): Promise<void> {
  await stage.messageWhere(id, `${id} to be ${state}`, ({ deliveries: [one] }) => one?.state === state);
}

export class OnCall {
  readonly #fault: string;
  readonly #relay: Relay;
  readonly #before: ReadonlySet<string>;
  readonly #logged: number;

  private constructor(fault: string, relay: Relay, before: ReadonlySet<string>) {
    this.#fault = fault;
    this.#relay = relay;
    this.#before = before;
    this.#logged = relay.log().length;
    print(`\n== ${fault}`);
  }

  /** Before the fault; `watched`: whether relayd runs. Else all metrics that are not 0 count as moved. */
  static async begin(fault: string, relay: Relay, watched = true): Promise<OnCall> {
    return new OnCall(fault, relay, new Set(watched ? await metrics(relay) : []));
  }

  /** `relayctl status`, once it says all of `words`. */
  async status(code: number, ...words: readonly RegExp[]): Promise<void> {
    await this.command(['status'], code, ...words);
  }

  async trace(message: string, ...words: readonly RegExp[]): Promise<void> {
    await this.command(['message', 'trace', message], 0, ...words);
  }

  /** Any command, once it ends with `code` and says all of `words`; to whom does not matter. */
  async command(args: readonly string[], code: number, ...words: readonly RegExp[]): Promise<void> {
    let result: CtlResult | undefined;
    await eventually(
      async () => {
        result = await this.#relay.ctlRaw(args);
        expect(result.code).toBe(code);
        const said = `${result.stdout}${result.stderr}`.replace(/\s+/g, ' ');
        for (const word of words) expect(said).toMatch(word);
        return true;
      },
      { ...WAIT, what: `relayctl ${args.join(' ')}` },
    );
    print(`-- relayctl ${args.join(' ')} (exit code ${code})`, result!.stdout, result!.stderr);
  }

  /** The line of the log with this event, and these words in it. */
  async log(event: string, ...words: readonly RegExp[]): Promise<void> {
    const line = await eventually(
      () =>
        this.#lines().find(
          (one) => one.event === event && words.every((word) => word.test(JSON.stringify(one))),
        ),
      { ...WAIT, what: `"${event}" with ${words.join(', ')} in ${this.#relay.log().slice(this.#logged)}` },
    );
    print('-- log', JSON.stringify(line));
  }

  /** What a client heard. */
  reply(text: string, words: RegExp): void {
    expect(text).toMatch(words);
    print('-- a client hears', text);
  }

  /** What relayd printed where it has no log yet. */
  output(words: RegExp): void {
    const text = this.#relay.log().slice(this.#logged);
    expect(text).toMatch(words);
    print('-- output of relayd', text);
  }

  /** The metrics that moved, once these are among them. */
  async metrics(...lines: readonly string[]): Promise<void> {
    let moved: readonly string[] = [];
    await eventually(
      async () => {
        moved = (await metrics(this.#relay)).filter(
          (line) => !this.#before.has(line) && !line.endsWith(' 0'),
        );
        expect(moved).toEqual(expect.arrayContaining([...lines]));
        return true;
      },
      { ...WAIT, what: `the metrics` },
    );
    print('-- metrics that moved', moved.join('\n'));
  }

  /** What relayd says of a failed start stands behind its last line once more, for people. */
  #lines(): LogLine[] {
    const lines = this.#relay.log().slice(this.#logged).split('\n').slice(0, -1);
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
  }
}

async function metrics(relay: Relay): Promise<string[]> {
  const text = await (await fetch(`${relay.httpUrl}/metrics`)).text();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !NOISE.test(line));
}

function print(...parts: readonly string[]): void {
  if (process.env['ON_CALL'] === undefined) return;
  for (const part of parts) if (part !== '') process.stdout.write(`${part.replace(/\n+$/, '')}\n`);
}
