/**
 * Notes when and where from credentials are used, for the store to keep (upkeep/use-memory.ts): each once a minute, and each
 * network of its clients apart, so that busy use does not hide that of somebody else. Costs a look-up where nothing is new.
 */
import { BoundedTable } from '../platform/bounded-table.ts';
import { clientNetwork } from '../platform/network/client-network.ts';
import type { CredentialUse } from '../policy/credential-use.ts';
import type { Credential } from '../store/directory-records.ts';
import { isHeldWithOld } from './credential-standing.ts';

const NOTED_AGAIN_MS = 60_000;
const CREDENTIALS = 20_000;
/** Not written yet; beyond it the oldest are dropped. */
const MOST_PENDING = 10_000;

/** The client besides its address, asked for only where it is noted. */
export interface ClientFacts {
  /** EHLO name or user agent. */
  readonly name: string | undefined;
  readonly tls: string | undefined;
}

interface Noted {
  readonly credential: Credential;
  readonly address: string;
  readonly untilMs: number;
}

export class UseRecorder {
  /** The last of each credential: most uses repeat it. */
  readonly #last = new BoundedTable<Noted>(CREDENTIALS);
  /** By credential, secret and network, until when it is not noted again. */
  readonly #noted = new BoundedTable<number>(CREDENTIALS);
  readonly #pending = new Map<string, CredentialUse>();

  note(credential: Credential, address: string, nowMs: number, client: () => ClientFacts): void {
    const { id } = credential;
    const last = this.#last.get(id);
    if (last?.address === address && nowMs < last.untilMs && isSameSecret(last.credential, credential))
      return;
    const withOldSecret = isHeldWithOld(credential);
    const key = `${id} ${withOldSecret ? 'old' : 'new'} ${clientNetwork(address)}`;
    const untilMs = this.#noted.get(key) ?? 0;
    const isNoted = nowMs < untilMs;
    this.#last.set(id, { credential, address, untilMs: isNoted ? untilMs : nowMs + NOTED_AGAIN_MS });
    if (isNoted) return;
    this.#noted.set(key, nowMs + NOTED_AGAIN_MS);
    this.#pending.delete(key);
    const use = { credentialId: id, atMs: nowMs, address, ...client(), withOldSecret };
    const { certificate } = credential;
    this.#pending.set(key, certificate === undefined ? use : { ...use, certificate });
    if (this.#pending.size <= MOST_PENDING) return;
    for (const oldest of this.#pending.keys()) {
      this.#pending.delete(oldest);
      return;
    }
  }

  /** At most `limit` that were not taken yet, oldest first. */
  take(limit: number): readonly CredentialUse[] {
    const taken: CredentialUse[] = [];
    for (const [key, use] of this.#pending) {
      if (taken.length === limit) break;
      this.#pending.delete(key);
      taken.push(use);
    }
    return taken;
  }
}

/** Usually the same record. */
function isSameSecret(one: Credential, other: Credential): boolean {
  return one === other || (one.version === other.version && isHeldWithOld(one) === isHeldWithOld(other));
}
