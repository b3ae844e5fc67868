/** A world whose mail is under rules of shaping, written as an operator's file has them. Keeps when each transaction began. */
import type { DeliveryOptions } from '../../../../src/delivery/delivery-options.ts';
import type { DeliveryLimits } from '../../../../src/delivery/limits.ts';
import { mergeShaping } from '../../../../src/policy/shaping/merge-rules.ts';
import { parseShaping } from '../../../../src/policy/shaping/parse-shaping.ts';
import type { ShapingRules } from '../../../../src/policy/shaping/shaping-rules.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { MemoryWindows } from './memory-windows.ts';
import { routed } from './routes.ts';
import { World } from './world.ts';

export function shapingOf(toml: string): ShapingRules {
  const own = parseShaping(toml);
  if ('expected' in own) throw new Error(`${own.at}: ${own.expected}`);
  const rules = mergeShaping({ rules: [], replies: [] }, own);
  if ('expected' in rules) throw new Error(`${rules.at}: ${rules.expected}`);
  return rules;
}

export const MINUTE_MS = 60_000;

export interface Begun {
  readonly atMs: number;
  readonly recipients: readonly string[];
  readonly address: string;
}

export class ShapedWorld extends World {
  readonly windows: MemoryWindows;
  readonly begun: Begun[] = [];
  readonly #rules: { now: ShapingRules };

  constructor(
    toml: string,
    limits: Partial<DeliveryLimits> = {},
    settings: Partial<DeliveryOptions> = {},
    clock = new VirtualClock(),
  ) {
    const rules = { now: shapingOf(toml) };
    const windows = new MemoryWindows();
    const { egress } = routed();
    super(limits, { shaping: () => rules.now, windows, egress, ...settings }, clock);
    this.#rules = rules;
    this.windows = windows;
  }

  /** Hosts at `address` tell when a transaction began; it takes `transactionMs`. */
  watch(address: string, transactionMs = 20): void {
    this.remotes.behave(address, {
      transactionMs,
      result: ({ forwardPaths }) => {
        const recipients = forwardPaths.map(({ recipient }) => recipient);
        this.begun.push({ atMs: this.clock.monotonic() - transactionMs, recipients, address });
        return undefined;
      },
    });
  }

  async submitMany(count: number, domain: string, account = 'acc_1', prefix = 'r'): Promise<void> {
    for (let i = 0; i < count; i++) await this.submit({ to: [`${prefix}${String(i)}@${domain}`], account });
  }

  /** As SIGHUP does. */
  reload(toml: string): void {
    this.#rules.now = shapingOf(toml);
    this.delivery.settingsChanged();
  }

  /** While no relay runs. */
  change(toml: string): void {
    this.#rules.now = shapingOf(toml);
  }

  takenAt(domain: string): number {
    return this.remotes.taken.filter((one) => one.endsWith(`@${domain}`)).length;
  }
}

/** The most that began within any stretch of that length. */
export function mostWithin(begun: readonly { readonly atMs: number }[], windowMs: number): number {
  const times = begun.map(({ atMs }) => atMs).sort((a, b) => a - b);
  let most = 0;
  let from = 0;
  times.forEach((atMs, to) => {
    while ((times[from] ?? 0) <= atMs - windowMs) from++;
    most = Math.max(most, to - from + 1);
  });
  return most;
}
