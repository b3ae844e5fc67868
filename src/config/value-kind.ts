/**
 * What a kind of value of a configuration key is, and the pieces that kinds are made of. The kinds: value-kinds.ts and
 * address-kinds.ts; the keys: settings.ts.
 */
import { z } from 'zod';

/** TOML type of the value, which decides how the text of an environment variable is converted. */
export type WrittenAs = 'text' | 'integer' | 'boolean' | 'list' | 'text or integer' | 'tables';

export interface ValueKind<T> {
  readonly writtenAs: WrittenAs;
  /** In words, for error messages and the comments of relay.toml. */
  readonly accepted: string;
  /** Converts the TOML value to the value of `Config`. Messages of its issues are sentences without the key. */
  readonly schema: z.ZodType<T>;
  /** For display, without the secrets in it; absent: as it is written. */
  readonly shown?: (written: unknown) => unknown;
}

/** What is wrong with a value, in words after its key. */
export interface Problem {
  readonly problem: string;
}

/** A schema over `input` with a parser that returns a value or a problem in words. */
export function parsed<I, R>(input: z.ZodType<I>, parse: (value: I) => R): z.ZodType<Exclude<R, Problem>> {
  // zod types the result of a transform as awaited; every `parse` here is synchronous.
  return input.transform((value, context) => {
    const result = parse(value);
    if (!isProblem(result)) return result;
    context.addIssue({ code: 'custom', message: result.problem });
    return z.NEVER;
  }) as z.ZodType<Exclude<R, Problem>>;
}

function isProblem<R>(result: R): result is Extract<R, Problem> {
  return typeof result === 'object' && result !== null && 'problem' in result;
}

export const text = z.string('is not a text in quotes');

const texts = z.union([z.string(), z.array(z.string())], 'is not a list of texts in quotes');

/** A string, or a list of strings; always a list. */
export const textList = parsed(texts, (value): readonly string[] =>
  typeof value === 'string' ? [value] : value,
);

/** A string or a list of strings, each parsed by `entry`. */
export function listOf<T>(accepted: string, entry: (value: string) => T | Problem): ValueKind<readonly T[]> {
  return {
    writtenAs: 'list',
    accepted,
    schema: parsed(textList, (values) => {
      const result: T[] = [];
      for (const value of values) {
        const one = entry(value);
        if (isProblem(one)) return one;
        result.push(one);
      }
      return result;
    }),
  };
}
