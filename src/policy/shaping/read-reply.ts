/** One `[[reply]]` table: what the relay does by itself when a remote says so. */
import { BOUNCE_CLASSES } from '../bounce-classes.ts';
import { matchesAnyReply, readReplyMatch, REPLY_MATCH_KEYS, type CompilePattern } from '../reply-match.ts';
import { MATCHES_ALL, type RuleFields } from './rule-fields.ts';
import type { ReplyRule } from './shaping-rules.ts';

const KEYS = ['id', 'match', 'class', ...REPLY_MATCH_KEYS, 'action', 'for', 'scope'];
const ID = /^[a-z0-9-]{1,64}$/;
const SECOND_MS = 1_000;
const REFUSAL = 400;
/** Longer than anybody wants to be left alone by what a remote says. */
const MOST_MS = 7 * 86_400_000;
const NOTHING = { status: [], code: [], stage: [], text: [], pattern: [] };

export function readReplyRule(fields: RuleFields, compile: CompilePattern): ReplyRule {
  fields.refuseOthers(KEYS);
  const id = fields.name('id', ID, 'lower-case letters, digits and hyphens');
  const { mx, providers } = fields.match(['mx', 'provider']) ?? MATCHES_ALL;
  const classes = fields.choices('class', BOUNCE_CLASSES) ?? [];
  const read = readReplyMatch(fields.table, compile);
  if ('expected' in read) fields.refuse(read.key, read.expected);
  const match = 'expected' in read ? NOTHING : read;
  if (match.code.some((code) => code < REFUSAL)) fields.refuse('code', 'codes of refusals, from 400 to 599');
  if (classes.length === 0 && matchesAnyReply(match))
    fields.refuse('action', 'a class, status, code, stage, text or pattern to go by');
  if (!fields.has('for')) fields.refuse('for', 'a duration such as "10m"');
  return {
    id,
    match: { mx, providers },
    class: classes,
    ...match,
    action: fields.choice('action', ['slow', 'suspend']) ?? 'slow',
    forMs: fields.duration('for', SECOND_MS, MOST_MS) ?? 0,
    scope: fields.has('scope') ? (fields.choice('scope', ['site', 'provider']) ?? 'site') : 'site',
  };
}
