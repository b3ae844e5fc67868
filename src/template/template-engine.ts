/**
 * Templates as the relay uses them: checked and rendered in an isolated process (platform/isolated-process.ts),
 * because the author of a template decides what it costs. Requests that arrive while a version is being rendered are
 * batched into one operation, so that many messages do not pay a round trip each.
 *
 * A template that exceeds a limit is a problem for its author, in words. A process that is busy or gone is our
 * failure: a TemplateEngineError.
 */
import type { Clock } from '../platform/clock.ts';
import type { IsolatedProcess } from '../platform/isolated-process.ts';
import type { IsolatedResult } from '../platform/isolated-result.ts';
import type { Log } from '../platform/log.ts';
import { PassedLimits, type PassedLimit } from '../policy/passed-limits.ts';
import type { CheckedTemplate, FillInput, FillOutput, TemplateSource } from './template-operations.ts';
import type { Rendered, TemplateProblem } from './template.ts';
import { measureVariables } from './variable-limits.ts';

/** Of one operation in the isolated process. */
// Several times what the largest template within the other limits takes: a busy machine is not the author's fault.
export const TEMPLATE_TIME_MS = 5_000;
export const TEMPLATE_HEAP_MIB = 96;
/** Two parts of the largest size, one with derived text, in UTF-16. */
export const TEMPLATE_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Messages waiting for one version. */
const MAX_WAITING = 1_000;
/** Messages in a batch, and characters of their variables. */
const MAX_TOGETHER = 64;
const MAX_TOGETHER_SIZE = 1024 * 1024;

/**
 * `busy`: the queue is full. `failed`: the process has ended, or an internal error. `held`: templates of the account
 * exceeded their limits repeatedly.
 */
export class TemplateEngineError extends Error {
  readonly code: 'busy' | 'failed' | 'held';
  /** Whole seconds. */
  readonly retryAfterSeconds: number;

  constructor(code: TemplateEngineError['code'], message: string, retryAfterSeconds: number) {
    super(message);
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface StoredTemplate {
  /** Identifies an immutable version. */
  readonly key: string;
  /** Called when the process does not have the version yet. */
  readonly load: () => Promise<TemplateSource>;
}

export interface TemplateEngine {
  /** The variables of a template about to be stored, or a problem. Rejects with TemplateEngineError. */
  check(source: TemplateSource, accountId: string): Promise<CheckedTemplate>;
  /** Rejects with TemplateEngineError or with an error of `load`. */
  fill(
    template: StoredTemplate,
    variables: Readonly<Record<string, unknown>>,
    accountId: string,
  ): Promise<Rendered | TemplateProblem>;
  stop(): Promise<void>;
}

interface Waiting {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly size: number;
  readonly resolve: (result: Rendered | TemplateProblem) => void;
  readonly reject: (error: unknown) => void;
}

export function createTemplateEngine(options: {
  /** Runs `templateOperations`. */
  readonly process: IsolatedProcess;
  readonly clock: Clock;
  readonly log: Log;
}): TemplateEngine {
  return new IsolatedTemplateEngine(options);
}

class IsolatedTemplateEngine implements TemplateEngine {
  readonly #process: IsolatedProcess;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #passed = new PassedLimits();
  /** By key, while a version is being rendered. */
  readonly #waiting = new Map<string, Waiting[]>();

  constructor({ process, clock, log }: Parameters<typeof createTemplateEngine>[0]) {
    this.#process = process;
    this.#clock = clock;
    this.#log = log;
  }

  async check(source: TemplateSource, accountId: string): Promise<CheckedTemplate> {
    this.#refuseHeld(accountId);
    const result = await this.#process.run<CheckedTemplate>('check', source, accountId);
    return result.kind === 'done' ? result.value : this.#problemOf(result, accountId, undefined);
  }

  async fill(
    template: StoredTemplate,
    variables: Readonly<Record<string, unknown>>,
    accountId: string,
  ): Promise<Rendered | TemplateProblem> {
    const measured = measureVariables(variables);
    if ('problem' in measured) return { at: 'variables', problem: measured.problem };
    const { size } = measured;
    const held = this.#passed.input(template.key, this.#clock.monotonic());
    if (held !== undefined) return limitProblem(held.limit, held.leftMs);
    this.#refuseHeld(accountId);
    return await new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(template.key);
      const message: Waiting = { variables, size, resolve, reject };
      if (waiting === undefined) {
        this.#waiting.set(template.key, [message]);
        // Batches what else arrives in this turn.
        queueMicrotask(() => void this.#fillWaiting(template, accountId));
      } else if (waiting.length < MAX_WAITING) waiting.push(message);
      else reject(busy());
    });
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }

  /** Runs until nothing waits for the version. Never rejects. */
  async #fillWaiting({ key, load }: StoredTemplate, accountId: string): Promise<void> {
    const waiting = this.#waiting.get(key) ?? [];
    let source: TemplateSource | undefined;
    while (waiting.length > 0) {
      const given = firstOf(waiting).map(({ variables }) => variables);
      try {
        const result = await this.#process.run<FillOutput>(
          'fill',
          { key, source, given } satisfies FillInput,
          accountId,
        );
        if (result.kind !== 'done') {
          // The message at fault is unknown; the version is not tried again for now.
          const problem = this.#problemOf(result, accountId, key);
          for (const { resolve } of waiting.splice(0)) resolve(problem);
        } else if (result.value === undefined) source = await load();
        else {
          source = undefined;
          for (const filled of result.value) waiting.shift()?.resolve(filled);
        }
      } catch (error) {
        for (const { reject } of waiting.splice(0)) reject(error);
      }
    }
    this.#waiting.delete(key);
  }

  #problemOf(
    result: Exclude<IsolatedResult<unknown>, { kind: 'done' }>,
    accountId: string,
    key: string | undefined,
  ): TemplateProblem {
    switch (result.kind) {
      case 'limit': {
        const { limit } = result;
        if (limit === 'output')
          return {
            at: 'template',
            problem: `gives more than ${TEMPLATE_OUTPUT_BYTES} octets once it is filled`,
          };
        this.#log.warn('template passed a limit', { account: accountId, template: key, limit });
        this.#passed.passed(accountId, key, limit, this.#clock.monotonic());
        return limitProblem(limit);
      }
      case 'failed':
        this.#log.error('templates failed', { account: accountId, template: key, reason: result.reason });
        throw new TemplateEngineError('failed', 'templates cannot be filled now', 5);
      case 'busy':
        throw busy();
    }
  }

  #refuseHeld(accountId: string): void {
    const leftMs = this.#passed.accountWaitsMs(accountId, this.#clock.monotonic());
    if (leftMs === undefined) return;
    const seconds = Math.ceil(leftMs / 1000);
    const text = `templates of this account passed their limits again and again; the next is tried in ${seconds} s`;
    throw new TemplateEngineError('held', text, seconds);
  }
}

/** The next batch: at least one. */
function firstOf(waiting: readonly Waiting[]): readonly Waiting[] {
  let size = 0;
  const end = waiting.findIndex((message, index) => {
    size += message.size;
    return index >= MAX_TOGETHER || (index > 0 && size > MAX_TOGETHER_SIZE);
  });
  return end < 0 ? waiting.slice() : waiting.slice(0, end);
}

/** `leftMs`: it failed before and is not tried again for that long. */
function limitProblem(limit: PassedLimit, leftMs?: number): TemplateProblem {
  const words =
    limit === 'time'
      ? `takes longer than ${TEMPLATE_TIME_MS / 1000} s, the limit of time`
      : `takes more than ${TEMPLATE_HEAP_MIB} MiB, the limit of memory`;
  const again = leftMs === undefined ? '' : ` (not tried again for ${Math.ceil(leftMs / 1000)} s)`;
  return { at: 'template', problem: `${words}${again}: use fewer loops, filters and elements` };
}

function busy(): TemplateEngineError {
  return new TemplateEngineError('busy', 'too many templates wait to be filled', 1);
}
