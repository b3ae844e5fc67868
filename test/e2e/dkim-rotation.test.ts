/**
 * DKIM keys are rotated while mail flows, and relayd is killed in the middle: what arrives is verified as it arrives, by a receiver
 * whose resolver keeps what it was told, also that there is no such record.
 */
import { afterEach, expect, it } from 'vitest';
import type { ReceivedMessage } from '../support/fake-mx-options.ts';
import { eventually } from '../support/eventually.ts';
import { FastTime } from '../support/fast-time.ts';
import type { ZoneAnswer, ZoneTable } from '../support/dns-zone.ts';
import { field, verdicts } from './support/received-mail.ts';
import type { SmtpTalk } from './support/smtp-talk.ts';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
/** Ten minutes take five seconds. */
const FACTOR = 120;
/** Of a receiver's resolver, of the fast clock. */
const KEPT_MS = 5 * 60_000;

interface Shown {
  readonly dkim_keys: readonly { readonly selector: string; readonly state: string }[];
  readonly records: readonly { readonly purpose: string; readonly name: string; readonly value: string }[];
}

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

/** Answers from a cache, as a receiver's resolver does. */
class CachingReceiver {
  readonly faults: string[] = [];
  readonly selectors = new Set<string>();
  readonly #zone: ZoneTable;
  readonly #time: FastTime;
  readonly #kept = new Map<string, { readonly answer: ZoneAnswer; readonly untilMs: number }>();
  #last = Promise.resolve();

  constructor(zone: ZoneTable, time: FastTime) {
    this.#zone = zone;
    this.#time = time;
  }

  take(message: ReceivedMessage): void {
    this.#last = this.#last.then(() => this.#verify(message));
  }

  async done(): Promise<void> {
    await this.#last;
  }

  async #verify({ content }: ReceivedMessage): Promise<void> {
    const asker = { ask: (name: string, type: 'TXT') => this.#ask(name, type) } as unknown as ZoneTable;
    const found = await verdicts(content, asker);
    const signatures = content.toString('latin1').replace(/\r\n[ \t]/g, ' ');
    for (const [, selector = ''] of signatures.matchAll(/\bs=([^;\s]+)/g)) this.selectors.add(selector);
    if (found.length !== 2 || found.some(({ result }) => result !== 'pass'))
      this.faults.push(`${field(content, 'subject') ?? ''}: ${found.map(({ result }) => result).join(', ')}`);
  }

  #ask(name: string, type: 'TXT'): ZoneAnswer {
    const nowMs = this.#time.clock.now();
    const kept = this.#kept.get(name);
    if (kept !== undefined && kept.untilMs > nowMs) return kept.answer;
    const answer = this.#zone.ask(name, type);
    this.#kept.set(name, { answer, untilMs: nowMs + KEPT_MS });
    return answer;
  }
}

it(
  'no message arrives that cannot be verified, over two rotations and a kill',
  { timeout: 120_000 },
  async () => {
    const time = new FastTime(FACTOR);
    const mail: { receiver?: CachingReceiver } = {};
    const onMessage = (message: ReceivedMessage) => mail.receiver?.take(message);
    const stage = await Stage.start({
      env: time.env,
      mx: { onMessage },
    });
    open.push(stage);
    const receiver = new CachingReceiver(stage.dns.zone, time);
    mail.receiver = receiver;
    const state = { flowing: true };
    let sent = 0;
    let session: SmtpTalk | undefined;
    const flow = (async () => {
      while (state.flowing) {
        try {
          session ??= await stage.session();
          const content = `From: <${FROM}>\r\nTo: <a@recipient.test>\r\nSubject: ${sent}\r\n\r\nbody\r\n`;
          await session.submitForId({ from: FROM, to: `a${sent}@recipient.test`, content });
          sent += 1;
        } catch {
          // While relayd is down there is nobody to send to: what it did not take is sent again.
          session = undefined;
        }
      }
    })();
    const shown = () => stage.relay.ctl<Shown>('domain', 'show', SENDER_DOMAIN);
    const active = async () =>
      (await shown()).dkim_keys.filter(({ state }) => state === 'active').map(({ selector }) => selector);
    const arrivedAfter = async () => {
      const before = stage.mx.messageCount;
      await eventually(() => stage.mx.messageCount > before + 20, {
        what: 'mail arrives',
        timeoutMs: 20_000,
      });
    };

    for (const round of [1, 2]) {
      const old = await active();
      const { records } = await stage.relay.ctl<Shown>('domain', 'rotate-dkim', SENDER_DOMAIN);
      const next = records.filter(({ purpose }) => purpose.endsWith('-next'));
      expect(next).toHaveLength(2);
      // Nobody publishes at once, and not both at once.
      await arrivedAfter();
      const [first, second] = next;
      stage.dns.zone.set(first!.name, { txt: [first!.value] });
      await arrivedAfter();
      if (round === 1) {
        await stage.relay.kill();
        await stage.relay.start();
      }
      expect(await active()).toEqual(old);
      stage.dns.zone.set(second!.name, { txt: [second!.value] });
      await eventually(async () => (await active()).every((selector) => !old.includes(selector)), {
        what: `switch ${round}`,
        timeoutMs: 40_000,
        everyMs: 500,
      });
      await arrivedAfter();
    }
    state.flowing = false;
    await flow;
    await session?.quit();
    await eventually(() => stage.mx.messageCount >= sent, { what: 'all has arrived', timeoutMs: 30_000 });
    await receiver.done();
    expect(receiver.faults).toEqual([]);
    expect(receiver.selectors.size).toBe(6);
    expect(sent).toBeGreaterThan(100);
  },
);
