/** What a new credential logs in with, or one that was rotated: shown once. */
import type { IssuedCredential } from '../api/answers.ts';
import { SecretDialog } from '../components/actions.tsx';
import { useText } from '../shell/context.ts';

export function CredentialSecret({
  issued,
  onClose,
}: {
  readonly issued: IssuedCredential;
  readonly onClose: () => void;
}) {
  const { credentials: words } = useText();
  const { username, password, key } = issued;
  const secrets = [
    [words.username, username],
    [words.password, password],
    [words.key, key],
  ] as const;
  return (
    <SecretDialog
      title={words.secretTitle}
      hint={words.secretHint}
      secrets={secrets.flatMap(([name, value]) => (value == null ? [] : [[name, value] as const]))}
      onClose={onClose}
    >
      {key != null && issued.scopes.includes('send') && <p class="quiet">{words.keySmtp}</p>}
    </SecretDialog>
  );
}
