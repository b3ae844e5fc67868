/** Who is signed in, the account in use, appearance, language, and the way out. */
import { useState } from 'preact/hooks';
import type { Session } from '../api/answers.ts';
import { Outside } from '../components/basics.tsx';
import { SelectField } from '../components/form.tsx';
import { PATHS } from '../pure/router.ts';
import { isLanguage, LANGUAGES, type Language } from '../text/languages.ts';
import { useLanguage, useText } from './context.ts';
import { chooseScheme, LANGUAGE_NAMES, SCHEMES, storedScheme } from './settings.ts';

interface PersonMenuProps {
  readonly session: Session;
  readonly accountId: string;
  readonly onAccount: (id: string) => void;
  readonly onLanguage: (language: Language) => void;
  readonly onSignOut: () => void;
}

export function PersonMenu({ session, accountId, onAccount, onLanguage, onSignOut }: PersonMenuProps) {
  const { shell, security } = useText();
  const language = useLanguage();
  const [scheme, setScheme] = useState(storedScheme);
  const { person, accounts } = session;
  return (
    <div class="person">
      {accounts.length > 1 && (
        <SelectField
          label={shell.account}
          value={accountId}
          onValue={onAccount}
          choices={accounts.map(({ id, name }) => [id, name] as const)}
        />
      )}
      <SelectField
        label={shell.scheme}
        value={scheme}
        onValue={(value) => {
          const chosen = SCHEMES.find((one) => one === value) ?? 'auto';
          chooseScheme(chosen);
          setScheme(chosen);
        }}
        choices={SCHEMES.map((one) => [one, shell.schemes[one]] as const)}
      />
      <SelectField
        label={shell.languageChoice}
        value={language}
        onValue={(value) => {
          if (isLanguage(value)) onLanguage(value);
        }}
        choices={LANGUAGE_NAMES.map((one) => [one, LANGUAGES[one].language] as const)}
      />
      <p class="who">
        {accounts.length === 1 && <Outside text={accounts[0]?.name ?? ''} most={60} />}
        <span class="quiet" title={person.email}>
          <Outside text={shell.signedInAs(person.name || person.email)} most={100} />
        </span>
      </p>
      <a href={PATHS.security}>{security.title}</a>
      <button type="button" onClick={onSignOut}>
        {shell.signOut}
      </button>
    </div>
  );
}
