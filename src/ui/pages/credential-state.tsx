/** Whether a credential works, and what bounds its use. */
import type { Credential } from '../api/answers.ts';
import { Badge } from '../components/basics.tsx';
import { countWords } from '../pure/format.ts';
import { useText } from '../shell/context.ts';
import type { Text } from '../text/en.ts';

export function isUsable({ revoked_at: revoked }: Credential): boolean {
  return revoked === null;
}

export function CredentialBadge({
  credential,
  nowMs,
}: {
  readonly credential: Credential;
  readonly nowMs: number;
}) {
  const { credentials: words } = useText();
  if (!isUsable(credential))
    return (
      <Badge tone="quiet" sign="⊘">
        {words.revoked}
      </Badge>
    );
  if (credential.expires_at !== null && Date.parse(credential.expires_at) <= nowMs)
    return (
      <Badge tone="bad" sign="✕">
        {words.expired}
      </Badge>
    );
  return (
    <Badge tone="good" sign="✓">
      {words.active}
    </Badge>
  );
}

/** `600 messages a minute`, a text each. */
export function limitsOf(
  { limits }: Credential,
  { credentials: words }: Text,
  language: string,
): readonly string[] {
  return Object.entries(limits).map(
    ([name, most]) => `${countWords(most, language)} ${words.limitNames[name] ?? name}`,
  );
}
