/** What an operation refuses (admin/refusal.ts) as a failure of a command: fields by their options, with what to type instead. */
import { inWords, isRefusal, type AdminRefusal, type RefusalCode } from '../../admin/refusal.ts';
import { CliFailure, usage } from './cli-failure.ts';

/** Options that are not called as the field is. */
const OPTIONS: Readonly<Record<string, string>> = {
  networks: 'allow-ip',
  domains: 'domain',
  fromAddresses: 'from',
  scopes: 'scope',
  addScopes: 'add-scope',
  removeScopes: 'remove-scope',
  sendDsn: 'no-dsn',
  events: 'event',
  eventIds: 'event-id',
  expiresAtMs: 'expires',
  limits: 'limit',
  storageBytes: 'storage',
  healthTerms: 'health',
};

const STREAM_HINT = 'see them: relayctl stream list';

/** What to type, where it is more than the refusal itself says. */
type Hints = Partial<Record<RefusalCode, string>>;

/** The outcome of an operation that was not refused. Throws CliFailure. */
export function unlessRefused<Outcome extends object>(
  outcome: Outcome,
  hints?: Hints,
): Exclude<Outcome, AdminRefusal> {
  if (isRefusal(outcome)) throw failureOf(outcome, hints);
  return outcome as Exclude<Outcome, AdminRefusal>;
}

export function failureOf(refusal: AdminRefusal, hints: Hints = {}): CliFailure {
  const { refused, field, problem } = refusal;
  const message = inWords(problem, optionOf);
  const remedy = refusal.remedy === undefined ? undefined : inWords(refusal.remedy, optionOf);
  const isUnknownStream = field === 'stream' && refused === 'not-found';
  const hint = isUnknownStream ? `${remedy}\n${STREAM_HINT}` : (hints[refused] ?? remedy);
  if (refused === 'invalid' || refused === 'nothing-to-change') return usage(message, hint);
  // For a script there is nothing to change, whatever the reason.
  return new CliFailure(refused === 'too-late' ? 'not-found' : refused, message, { hint });
}

function optionOf(field: string): string {
  const name =
    OPTIONS[field] ?? field.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `--${name}`;
}
