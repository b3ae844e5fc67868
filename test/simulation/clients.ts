/**
 * Those who submit mail: busy accounts with uneven load and now and then a burst, and a quiet one whose single messages
 * show whether the others' load delays it. They come in as a session of the submission service would bring them, by
 * accept-message, without sockets.
 */
import { makeId } from '../../src/platform/ids.ts';
import { prepareHeader } from '../../src/message/fix-ups.ts';
import type { DsnNotify, ForwardPath } from '../../src/smtp/envelope.ts';
import type { NewContent } from '../../src/store/message-records.ts';
import type { Spool } from '../../src/store/spool.ts';
import { acceptMessage, type AcceptanceContext } from '../../src/intake/accept-message.ts';
import type { ReceivedContent } from '../../src/intake/received-content.ts';
import type { Random } from '../../src/platform/random.ts';
import type { Dice } from './dice.ts';
import { HOUR_MS, MINUTE_MS } from './durations.ts';
import type { AccountPlan, Plan } from './plan.ts';
import type { DomainPlan } from './site-plan.ts';
import { credentialOf } from './plan.ts';
import type { Promises } from './promises.ts';
import type { SimulatedTime } from './simulated-time.ts';
import type { Trace } from './trace.ts';

/** A relay as a session of the submission service sees it. */
export interface SubmissionRelay {
  readonly life: { readonly random: Random };
  readonly acceptance: AcceptanceContext;
  readonly port: { readonly spool: Spool };
  /** It takes no mail any more. */
  readonly stopping: boolean;
  /** Runs `run` as its code. */
  asItsCode?<T>(run: () => T): T;
}

/** What clients tell the observer. */
export interface ClientWitness {
  readonly promises: Promises;
  /** 250 was heard. */
  promised(id: string): void;
  /** A message of this account is within its rate. */
  passedRate?(account: AccountPlan): void;
}

export interface ClientPorts {
  readonly plan: Plan;
  readonly time: SimulatedTime;
  readonly trace: Trace;
  readonly ledger: ClientWitness;
  readonly dice: Dice;
  /** The relay that answers at the moment; `undefined`: none does. */
  readonly relay: () => SubmissionRelay | undefined;
}

interface Draft {
  readonly account: AccountPlan;
  readonly recipients: readonly string[];
  readonly notify: readonly DsnNotify[] | undefined;
  readonly reversePath: string;
  readonly stream?: string;
  readonly expiresIn: string | undefined;
  readonly sendInMs: number | undefined;
  readonly requireTls: boolean;
  readonly bodyBytes: number;
  readonly parts: number;
}

/** The quiet account sends this often. */
const QUIET_EVERY_MS = 12 * MINUTE_MS;

export class Clients {
  readonly #ports: ClientPorts;
  readonly #dice: Dice;
  readonly #busy: readonly AccountPlan[];
  readonly #quiet: AccountPlan;
  readonly #domains: readonly DomainPlan[];

  constructor(ports: ClientPorts) {
    const { accounts, domains } = ports.plan;
    this.#ports = ports;
    this.#dice = ports.dice.fork('clients');
    this.#busy = accounts.filter(({ quiet }) => !quiet);
    this.#quiet = accounts.find(({ quiet }) => quiet) as AccountPlan;
    this.#domains = domains.filter(({ name }) => !name.startsWith('sender-'));
  }

  /** Sends until `isOver`. */
  live(isOver: () => boolean): void {
    const { messagesPerHour, burstsPerHour, burstSize } = this.#ports.plan;
    this.#repeat(HOUR_MS / messagesPerHour, isOver, () => this.#submit(this.#draft()));
    if (burstsPerHour > 0) this.#repeat(HOUR_MS / burstsPerHour, isOver, () => this.#burst(burstSize));
    this.#repeat(QUIET_EVERY_MS, isOver, () => this.#submit(this.#quietDraft()));
    const { shaping } = this.#ports.plan;
    if (shaping === undefined) return;
    this.#repeat(HOUR_MS / shaping.burstsPerHour, isOver, () => this.#shapedBurst(shaping.burstSize));
  }

  #repeat(meanMs: number, isOver: () => boolean, act: () => void): void {
    this.#ports.time.after(this.#dice.exponential(meanMs), () => {
      if (isOver()) return;
      act();
      this.#repeat(meanMs, isOver, act);
    });
  }

  /** Many messages of one account within seconds, mostly to one domain. */
  #burst(size: number): void {
    const { time } = this.#ports;
    const account = this.#account();
    const domain = this.#dice.chance(0.5) ? this.#crowded() : this.#dice.pick(this.#domains);
    for (let i = 0; i < size; i++) {
      const draft = {
        ...this.#draft(),
        account,
        sendInMs: undefined,
        reversePath: `a@${account.domain}`,
        recipients: [this.#mailbox(domain)],
      };
      time.after(this.#dice.between(0, 10_000), () => this.#submit(draft));
    }
  }

  /** A campaign and what goes with it, to sites that have limits. */
  #shapedBurst(size: number): void {
    const { time } = this.#ports;
    const dice = this.#dice;
    const domains = this.#domains.filter(({ site }) => site.kind === 'shaped');
    const account = this.#account();
    const some = dice.chance(0.5) ? [dice.pick(domains)] : domains;
    for (let i = 0; i < size; i++) {
      const domain = dice.pick(some);
      const count = dice.chance(0.2) ? dice.int(2, 8) : 1;
      const recipients = Array.from({ length: count }, () => this.#mailbox(domain));
      const draft = {
        ...this.#draft(),
        account: dice.chance(0.8) ? account : this.#account(),
        ...{ stream: dice.pick(['transactional', 'broadcast', 'broadcast']), sendInMs: undefined },
        ...{ reversePath: `a@${account.domain}`, recipients: [...new Set(recipients)] },
      };
      time.after(dice.between(0, 20_000), () => this.#submit(draft));
    }
  }

  #draft(): Draft {
    const dice = this.#dice;
    const account = this.#account();
    const many = dice.weighted([
      [85, 1],
      [12, dice.int(2, 6)],
      [3, dice.int(10, 120)],
    ]);
    const recipients = Array.from({ length: many }, () => this.#mailbox(dice.pick(this.#domains)));
    return {
      account,
      recipients: [...new Set(recipients)],
      notify: dice.weighted<readonly DsnNotify[] | undefined>([
        [80, undefined],
        [8, ['never']],
        [8, ['failure', 'delay']],
        [4, ['success']],
      ]),
      reversePath: dice.chance(0.9) ? `a@${account.domain}` : '',
      expiresIn: dice.chance(0.05) ? dice.pick(['2m', '10m', '90m']) : undefined,
      sendInMs: dice.chance(0.04) ? dice.between(0, this.#ports.plan.sendWithinMs) : undefined,
      requireTls: dice.chance(0.02),
      bodyBytes: dice.int(1, 600),
      parts: dice.chance(0.03) ? dice.int(1, 4) : 0,
    };
  }

  #quietDraft(): Draft {
    const account = this.#quiet;
    const domain = this.#dice.pick(
      this.#domains.filter(({ site }) => site.kind === 'steady' || site.kind === 'crowded'),
    );
    return {
      account,
      recipients: [`user${this.#dice.int(0, domain.mailboxes - 1)}@${domain.name}`],
      notify: undefined,
      reversePath: `a@${account.domain}`,
      expiresIn: undefined,
      sendInMs: undefined,
      requireTls: false,
      bodyBytes: 50,
      parts: 0,
    };
  }

  #account(): AccountPlan {
    return this.#dice.weighted(this.#busy.map((account) => [account.share, account] as const));
  }

  #crowded(): DomainPlan {
    return this.#domains.find(({ site }) => site.kind === 'crowded') as DomainPlan;
  }

  #mailbox({ name, mailboxes }: DomainPlan): string {
    const kind = this.#dice.weighted([
      [94, 'user'],
      [3, 'unknown'],
      [1.5, 'full'],
      [1.5, 'müller'],
    ]);
    return `${kind}${this.#dice.int(0, mailboxes - 1)}@${name}`;
  }

  #submit(draft: Draft): void {
    const relay = this.#ports.relay();
    if (relay === undefined || relay.stopping) return;
    // What dies with the process is not owed anything; everything else it answers itself.
    const talk = () => this.#talk(relay, draft);
    (relay.asItsCode?.(talk) ?? talk()).catch((error: unknown) => {
      this.#ports.ledger.promises.breaks(
        `acceptance failed: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }

  async #talk(relay: SubmissionRelay, draft: Draft): Promise<void> {
    const { time, trace, ledger } = this.#ports;
    const { account } = draft;
    const { limits, clock } = relay.acceptance;
    const tooFast = await limits.takeMessage(credentialOf(account), clock.now());
    if (tooFast !== undefined) {
      trace.add(`client hears ${tooFast.code} at MAIL`);
      ledger.promises.holds(tooFast.code < 500, `a limit is no 5yz: ${tooFast.code} ${tooFast.text}`);
      return;
    }
    ledger.passedRate?.(account);
    const id = makeId('msg_', time.nowMs(), relay.life.random);
    const received = await this.#receive(relay, id, draft);
    if (received === undefined) return;
    const verdict = await acceptMessage(
      {
        id,
        via: 'smtp',
        session: 'simulated',
        client: '192.0.2.1',
        credential: credentialOf(account),
        reauthorize: async () => credentialOf(account),
        envelope: {
          reversePath: draft.reversePath,
          bodyType: '8bitmime',
          smtpUtf8: draft.recipients.some((recipient) => recipient.startsWith('m')),
          requireTls: draft.requireTls,
          dsnReturn: this.#dice.pick([undefined, 'full', 'hdrs']),
          envelopeId: undefined,
          forwardPaths: draft.recipients.map((recipient): ForwardPath => ({
            recipient,
            notify: draft.notify,
            originalRecipient: undefined,
          })),
        },
        received,
      },
      { ...relay.acceptance, spool: this.#scheduled(relay.acceptance.spool, draft.sendInMs) },
    );
    const answer = verdict.kind === 'refused' ? verdict.refusal.reply : { code: 250, text: verdict.kind };
    trace.add(`client hears ${answer.code} for ${id}`);
    if (answer.code === 250) ledger.promised(id);
    else
      ledger.promises.holds(answer.code < 500, `a failure of ours is no 5yz: ${answer.code} ${answer.text}`);
  }

  /** The content as the session stored or kept it; `undefined` when a part could not be stored. */
  async #receive(relay: SubmissionRelay, id: string, draft: Draft): Promise<ReceivedContent | undefined> {
    const { time } = this.#ports;
    const { account, stream, expiresIn, bodyBytes, parts } = draft;
    const fields = [`From: a@${account.domain}`, `Subject: ${id}`];
    if (expiresIn !== undefined) fields.push(`X-Relay-Expires-In: ${expiresIn}`);
    if (stream !== undefined) fields.push(`X-Relay-Stream: ${stream}`);
    const text = `${fields.join('\r\n')}\r\n\r\n`;
    const header = prepareHeader(Buffer.from(text), {
      messageId: id,
      hostname: 'relay.test',
      received: 'Received: from client.test by relay.test; now\r\n',
      nowMs: time.nowMs(),
    });
    if ('problem' in header) throw new Error(header.problem.text);
    const body = `${'x'.repeat(bodyBytes)}\r\n`;
    const whole = Uint8Array.from(Buffer.concat([header.bytes, Buffer.from(body)]));
    const { spool } = relay.port;
    let content: NewContent = { kind: 'whole', bytes: whole };
    const sizeBytes = whole.length;
    if (parts > 0) {
      const partBytes = Math.ceil(whole.length / parts);
      try {
        for (let index = 0; index < parts; index++)
          await spool.putChunk(id, index, whole.slice(index * partBytes, (index + 1) * partBytes));
      } catch {
        await spool.abandonUpload(id).catch(() => undefined);
        return undefined;
      }
      content = { kind: 'chunks', upload: id, chunkCount: parts };
    }
    return {
      header,
      headerSizeBytes: header.bytes.length,
      sizeBytes,
      bodyHash: Buffer.alloc(32).toString('base64'),
      eightBit: false,
      longestLineOctets: 80,
      repaired: false,
      content,
    };
  }

  /** A message that is to leave later. */
  #scheduled(spool: Pick<Spool, 'accept'>, sendInMs: number | undefined): Pick<Spool, 'accept'> {
    if (sendInMs === undefined) return spool;
    return {
      accept: (message) => {
        const sendAtMs = message.facts.acceptedAtMs + sendInMs;
        const expiresAtMs = message.facts.expiresAtMs + sendInMs;
        return spool.accept({ ...message, facts: { ...message.facts, sendAtMs, expiresAtMs } });
      },
    };
  }
}
