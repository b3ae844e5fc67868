/** The class of a local failure that prevented sending a message. An unknown one is a fault of this relay. */
import type { LocalClass } from '../../policy/local-failures.ts';
import { StoreError } from '../../store/errors.ts';
import { SigningError, type SigningErrorCode } from './message-signer.ts';
import { ContentMissing } from './message-source.ts';

const OF_SIGNING: Readonly<Record<SigningErrorCode, LocalClass>> = {
  'domain-removed': 'local-domain',
  'no-active-key': 'local-key',
  'records-gone': 'local-key',
  'key-unusable': 'local-key',
  'signer-failed': 'local-key',
};

export function localTrouble(error: unknown): { readonly localClass: LocalClass; readonly text: string } {
  return { localClass: classOf(error), text: error instanceof Error ? error.message : String(error) };
}

function classOf(error: unknown): LocalClass {
  if (error instanceof SigningError) return OF_SIGNING[error.code];
  return error instanceof ContentMissing || isOfStore(error) ? 'local-store' : 'local-fault';
}

/** A reader's statements give SQLite's own errors. */
function isOfStore(error: unknown): boolean {
  if (error instanceof StoreError) return true;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code.startsWith('SQLITE_');
}
