/**
 * Regular expressions that an operator writes, and that strangers' replies are matched with: by RE2JS, whose time grows with the
 * length of a text and not beyond, whatever the expression. It has no look-around and no back-references. The shipped
 * rules are tested with what takes long, and run on the faster engine of the runtime. Loaded when there is such an expression.
 */
import type * as Re2js from 're2js';
import { createRequire } from 'node:module';
import type { ReplyPattern } from '../policy/reply-match.ts';

const load = createRequire(import.meta.url);
/** A longer one is no phrase of a reply any more, and takes memory for each of its letters. */
const LONGEST = 1_000;

/** Throws what is wrong with it. */
export function linearPattern(source: string): ReplyPattern {
  if (source.length > LONGEST) throw new Error(`longer than ${LONGEST} characters`);
  const { RE2JS } = load('re2js') as typeof Re2js;
  const compiled = RE2JS.compile(RE2JS.translateRegExp(source));
  return { test: (text) => compiled.matcher(text).find() };
}
