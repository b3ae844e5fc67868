/**
 * Watches whether connections to MX hosts come about anywhere (policy/egress/port-closed.ts). It sees them where they are made:
 * those to smart hosts, and those that a hop makes, say nothing of the port here.
 */
import type { Clock } from '../../platform/clock.ts';
import { afterConnection, isClosed, PORT_OPEN, probing } from '../../policy/egress/port-closed.ts';
import type { Connect } from '../../smtp/client/session.ts';

export class PortWatch {
  readonly #clock: Clock;
  #state = PORT_OPEN;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Nobody takes a connection. */
  get closed(): boolean {
    return this.#state.closed;
  }

  /** True: it is closed, and mail that has another way takes it. From time to time one is let through, as a probe. */
  sendsElsewhere(): boolean {
    const nowMs = this.#clock.monotonic();
    if (!this.#state.closed) return false;
    if (isClosed(this.#state, nowMs)) return true;
    this.#state = probing(this.#state, nowMs);
    return false;
  }

  watching(connect: Connect): Connect {
    return async (remote, request) => {
      const result = await connect(remote, request);
      if (request.smartHost !== undefined || request.source?.hop !== undefined) return result;
      // It did not come so far.
      if (result.kind === 'failed' && result.localClass !== undefined) return result;
      const reached = result.kind === 'connected' || result.stage !== 'connect';
      if ((reached && this.#state === PORT_OPEN) || request.signal?.aborted === true) return result;
      const nowMs = this.#clock.monotonic();
      this.#state = afterConnection(this.#state, { host: remote.host, reached, nowMs });
      return result;
    };
  }
}
