/**
 * Documents of drafts, from when they were rendered until a frame asks for them: in the memory of this node, for some minutes, a few
 * a person. Behind a balancer of several nodes a person has to stay at one.
 */
import { newToken } from '../../../admin/people/secret-token.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Random } from '../../../platform/random.ts';
import { MINUTE_MS } from '../../../platform/time-units.ts';

interface DrawnDraft {
  readonly personId: string;
  readonly document: string;
  readonly untilMs: number;
}

const KEPT_MS = 10 * MINUTE_MS;
const MOST_OF_ONE = 3;
const MOST_CHARACTERS = 32 * 1024 * 1024;

export class DrawnDrafts {
  readonly #clock: Clock;
  readonly #random: Random;
  /** The oldest first. */
  readonly #drafts = new Map<string, DrawnDraft>();
  #characters = 0;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Its id, which nobody guesses. */
  add(personId: string, document: string): string {
    const { token } = newToken(this.#random);
    this.#drafts.set(token, { personId, document, untilMs: this.#clock.now() + KEPT_MS });
    this.#characters += document.length;
    const own = [...this.#drafts].filter(([, one]) => one.personId === personId);
    for (const [id] of own.slice(0, -MOST_OF_ONE)) this.#drop(id);
    for (const [id, { untilMs }] of this.#drafts)
      if (id !== token && (this.#characters > MOST_CHARACTERS || untilMs <= this.#clock.now()))
        this.#drop(id);
    return token;
  }

  /** `undefined`: it is of somebody else, too old, or was never here. */
  find(personId: string, id: string): string | undefined {
    const found = this.#drafts.get(id);
    if (found === undefined || found.untilMs <= this.#clock.now()) return undefined;
    return found.personId === personId ? found.document : undefined;
  }

  #drop(id: string): void {
    this.#characters -= this.#drafts.get(id)?.document.length ?? 0;
    this.#drafts.delete(id);
  }
}
