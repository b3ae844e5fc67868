/** Choices of a seeded world. Each part of it throws its own dice, so that a change in one does not shift the others. */
import type { Random } from '../../src/platform/random.ts';
import { seededRandom } from '../support/seeded-random.ts';

export class Dice {
  readonly random: Random;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.random = seededRandom(mixed(seed));
  }

  /** Dice of their own for the part called `name`. */
  fork(name: string): Dice {
    let seed = this.#seed;
    for (let i = 0; i < name.length; i++) seed = mixed(seed ^ name.charCodeAt(i));
    return new Dice(seed);
  }

  /** In [0, 1). */
  float(): number {
    return this.random.float();
  }

  chance(probability: number): boolean {
    return this.random.float() < probability;
  }

  /** Whole, both ends included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.random.float() * (max - min + 1));
  }

  between(min: number, max: number): number {
    return min + this.random.float() * (max - min);
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random.float() * items.length)] as T;
  }

  /** One of `items`, each as likely as its weight says. */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T {
    let at = this.random.float() * items.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, item] of items) {
      at -= weight;
      if (at < 0) return item;
    }
    return (items.at(-1) as readonly [number, T])[1];
  }

  /** A time until something that happens every `mean` on average. */
  exponential(mean: number): number {
    return -Math.log(1 - this.random.float()) * mean;
  }
}

function mixed(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}
