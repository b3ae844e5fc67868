/**
 * The environment of the demo, and how its steps are observed from outside: at the recipient's server, by a verifier,
 * through relayctl.
 */
import { verifyMessage } from '../dkim/verify.ts';
import { createSystemResolver } from '../dns/system-resolver.ts';
import { delay, systemClock } from '../platform/clock.ts';
import type { Service } from '../platform/lifecycle.ts';
import { makeSelfSignedCertificate } from '../smtp/server/self-signed-certificate.ts';
import { DemoDns } from './dns.ts';
import { DemoMx, type ReceivedMessage } from './mx.ts';
import type { Narrator } from './narrator.ts';
import { DemoFailure, DemoRelay } from './relay.ts';

export const SENDER_DOMAIN = 'shop.example';
export const RECIPIENT_DOMAIN = 'customer.example';
export const FROM = `orders@${SENDER_DOMAIN}`;
const WAIT_MS = 20_000;
const POLL_MS = 200;

interface MessageReport {
  readonly deliveries: readonly {
    readonly state: string;
    readonly attempts: number;
    readonly last_reply: string | null;
  }[];
}

export class DemoScene {
  readonly say: Narrator;
  readonly relay = new DemoRelay();
  readonly #running: Service[] = [this.relay];
  #dns: DemoDns | undefined;
  #mx: DemoMx | undefined;
  #stopped = false;

  constructor(say: Narrator) {
    this.say = say;
  }

  get dns(): DemoDns {
    return started(this.#dns);
  }

  get mx(): DemoMx {
    return started(this.#mx);
  }

  /** Registers a service to be stopped at the end. */
  runs<T extends Service>(service: T): T {
    this.#running.push(service);
    return service;
  }

  /** Starts DNS and the recipient's server; the first step starts relayd. */
  async raise(): Promise<void> {
    this.#dns = this.runs(await DemoDns.start());
    this.#mx = this.runs(await DemoMx.start(await makeSelfSignedCertificate(`mx.${RECIPIENT_DOMAIN}`)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const service of this.#running.splice(0)) await service.stop();
  }

  async arrival(recipient: string): Promise<ReceivedMessage> {
    const mx = this.mx;
    await this.waitFor(`a message for ${recipient}`, () =>
      Promise.resolve(mx.messagesTo(recipient).length > 0),
    );
    const [message] = mx.messagesTo(recipient);
    return started(message);
  }

  /** What a receiver sees: mailauth's verifier, keys from DNS. */
  async observeDkim(received: ReceivedMessage): Promise<void> {
    const [host = '', port = ''] = this.dns.server.split(':');
    const resolver = createSystemResolver({
      servers: [{ host, port: Number(port) }],
      clock: systemClock,
    });
    const results = await verifyMessage(received.content, resolver);
    const shown = results.map((one) => `${one.algorithm} ${one.result}`).join(', ');
    this.say.observe(
      `DKIM of ${SENDER_DOMAIN}, verified by mailauth as a receiver would: ${shown}`,
      results.length === 2 && results.every((one) => one.result === 'pass' && one.domain === SENDER_DOMAIN),
      shown,
    );
  }

  async observeState(id: string, state: string, attempts: number): Promise<void> {
    let seen: MessageReport['deliveries'][number] | undefined;
    await this.waitFor(`${id} to be ${state}`, async () => {
      seen = ((await this.relay.ctlJson('message', 'show', id)) as MessageReport).deliveries[0];
      return seen?.state === state;
    }).catch((error: unknown) => {
      if (!(error instanceof DemoFailure)) throw error;
    });
    const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
    this.say.observe(
      `${state} after ${attempts === 0 ? 'no attempt' : tries}${seen?.last_reply ? `: ${seen.last_reply}` : ''}`,
      seen?.state === state && seen.attempts === attempts,
      seen,
    );
  }

  async trace(id: string): Promise<void> {
    this.say.command(`relayctl message trace ${id}`, await this.relay.ctl('message', 'trace', id));
  }

  async waitFor(what: string, holds: () => Promise<boolean>, waitMs = WAIT_MS): Promise<void> {
    const deadlineMs = systemClock.monotonic() + waitMs;
    while (!(await holds())) {
      if (this.#stopped || systemClock.monotonic() > deadlineMs) {
        throw new DemoFailure(`waited in vain for ${what}`);
      }
      await delay(systemClock, POLL_MS);
    }
  }
}

/** The part, or {@link DemoFailure} when it has not been started. */
export function started<T>(part: T | undefined): T {
  if (part === undefined) throw new DemoFailure('the demo did not start');
  return part;
}
